import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openReplays, type Replay, type ReplayConfiguration, type Replayed } from './replay.ts';
import { runReplayProgram } from './replay-program.ts';

/** Runs `rebuildStates` as a program of its own and ends with 0, or with 1 and a sentence. */
export const runRebuild = <State>(
  of: Pick<Replayed<State>, 'worker' | 'input' | 'logic'>,
): Promise<void> =>
  runReplayProgram(of, async (replayed) => {
    const records = await rebuildStates(replayed);
    return `states made anew from ${records} records, and swapped in`;
  });

/**
 * Makes a worker's states anew from the log while the worker goes on, partition by partition, and puts
 * them in the place of the live ones where both have come to the same position. Nothing is produced:
 * what is derived has been derived. Returns how many records were read. Throws when a partition cannot
 * be caught up with in `SWAP_ATTEMPTS_MAX` attempts, and what the servers throw; then the partitions
 * before it have their fresh states and the others their old ones, and it can be run again.
 */
async function rebuildStates<State>(replayed: Replayed<State>): Promise<number> {
  const replays = await openReplays(replayed);
  try {
    for (let partition = 0; partition < replays.partitions; partition++) {
      const replay = await replays.begin(partition, () => Promise.resolve([]));
      await catchUpAndSwap(replay, replayed);
    }
    return replays.records;
  } finally {
    await replays.close();
  }
}

async function catchUpAndSwap(
  replay: Replay,
  by: {
    readonly input: string;
    readonly configuration: Pick<ReplayConfiguration, 'SWAP_ATTEMPTS_MAX' | 'SWAP_RETRY_DELAY_MS'>;
  },
): Promise<void> {
  const { states } = replay;
  const { SWAP_ATTEMPTS_MAX, SWAP_RETRY_DELAY_MS } = by.configuration;
  for (let attempt = 1; attempt <= SWAP_ATTEMPTS_MAX; attempt++) {
    await replay.advanceTo(await states.livePosition());
    if ((await states.swap(randomUUID())) === 'swapped') return;
    // Behind: read on at once. Ahead: the live states were lost or are old, and come after.
    if ((await states.livePosition()) < replay.position()) await sleep(SWAP_RETRY_DELAY_MS);
  }
  throw new Error(
    `${by.input}/${replay.partition} could not be swapped in ${SWAP_ATTEMPTS_MAX} attempts: its states moved on each ` +
      'time. They are as they were; run it again, when less comes in.',
  );
}
