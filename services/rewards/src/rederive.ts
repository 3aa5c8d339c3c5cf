import { rederive, runReplayProgram } from '@semarak/infra/workers';
import { rewardsLogic } from './rewards-logic.ts';

/** Fills reward-events, which must be empty, and replaces the states in Redis; rewards must not run. */
await runReplayProgram(
  { worker: 'rewards', input: 'entitlements', logic: rewardsLogic },
  async (replayed) => {
    const records = await rederive(replayed, {
      mode: 'write',
      // What could not be read was put aside when it was read for the first time.
      begin: () => Promise.resolve(() => ({ isWanted: ({ topic }) => topic === 'reward-events' })),
    });
    return `reward-events and states made anew from ${records} records`;
  },
);
