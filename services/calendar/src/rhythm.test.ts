import { expect, it } from 'vitest';
import { startRhythm } from './rhythm.ts';

const limits = { intervalMs: 60_000, failuresMax: 3, failureDelayMs: 500, failureDelayMsMax: 900 };

/** Runs rounds with these outcomes, never waiting really; a round too many waits until the close. */
async function run(outcomes: readonly ('works' | 'fails')[]) {
  const waits: number[] = [];
  const problems: number[] = [];
  let at = 0;
  let over: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (over = resolve));
  let fatal: Error | undefined;
  const rhythm = startRhythm({
    limits,
    round: () =>
      outcomes[at++] === 'fails' ? Promise.reject(new Error('away')) : Promise.resolve(),
    onFailure: () => undefined,
    onFatal(error) {
      fatal = error;
      over();
    },
    wait(ms, signal) {
      waits.push(ms);
      problems.push(rhythm.problems().length);
      if (at < outcomes.length) return Promise.resolve();
      over();
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  });
  await ended;
  await rhythm.close();
  return { waits, problems, rounds: at, fatal };
}

it('looks again after the interval, sooner after a failure, and says so', async () => {
  const { waits, problems } = await run(['works', 'fails', 'fails', 'fails', 'works', 'fails']);
  expect(waits).toEqual([60_000, 500, 900, 900, 60_000, 500]);
  expect(problems).toEqual([0, 1, 1, 1, 0, 1]);
});

it('gives up after too many failures in a row', async () => {
  const { rounds, fatal } = await run(Array.from({ length: 9 }, () => 'fails'));
  expect(rounds).toBe(4);
  expect(fatal?.message).toBe('away');
});
