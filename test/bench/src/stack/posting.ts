import { post, type Load, type Loaded } from '../load/load.ts';
import type { BenchStack } from './bench-stack.ts';
import { beginMeasuring, type Taken } from './measuring.ts';

/**
 * Posts, and measures from the first request to the last answer, or until `then` has resolved. `load` is the process
 * that posts.
 */
export async function postMeasured(
  stack: BenchStack,
  load: Load,
  then: () => Promise<void> = () => Promise.resolve(),
): Promise<{ readonly loaded: Loaded; readonly taken: Taken }> {
  let takenSince: (() => Taken) | undefined;
  const loaded = await post(load, () => {
    takenSince = beginMeasuring(stack);
  });
  if (takenSince === undefined) throw new Error('The load began before it was ready.');
  await then();
  const taken = takenSince();
  const cpuSeconds = { ...taken.cpuSeconds, load: loaded.cpuSeconds };
  return { loaded, taken: { ...taken, cpuSeconds } };
}
