import { partitionOf } from '@semarak/infra/kafka';
import { partitionKey, readStates } from '@semarak/infra/state-store';
import type { MemberState } from '@semarak/programme';
import type { Mall } from '../mall/mall.ts';
import type { BenchStack } from '../stack/bench-stack.ts';
import { eventsOf } from '../stack/derived-events.ts';
import { unequalSums, type Sums } from '../sums.ts';
import { addEvent } from './events.ts';
import { isState, recount } from './recount.ts';

const statesPerRead = 500;

/**
 * Compares every member's state in Redis and the sums of all derived events with what the rules make of
 * the generated month. A sentence for each difference.
 */
export async function differences(stack: BenchStack, mall: Mall): Promise<string[]> {
  const should: Sums = new Map();
  const unlike = await unlikeStates(stack, mall, should);
  const is: Sums = new Map();
  for (const topic of ['loyalty-events', 'entitlements'] as const)
    for await (const event of eventsOf(stack, topic)) addEvent(is, event);
  return [...unlike, ...unequalSums(is, should)];
}

/**
 * Compares every member's state in Redis with what the rules make of the generated month, and adds its events to
 * `sums`. A sentence for each state that differs.
 */
export async function unlikeStates(stack: BenchStack, mall: Mall, sums: Sums): Promise<string[]> {
  const partitions = (await stack.ends('transactions')).length;
  const waiting = Array.from({ length: partitions }, () => new Map<string, MemberState>());
  const progress = stack.progress('counting again, members', mall.members);
  const unlike: string[] = [];
  const compare = async (states: Map<string, MemberState>, partition: number): Promise<void> => {
    const key = partitionKey({ worker: 'accrual', partition });
    const loaded = await readStates(stack.redis, { key, names: [...states.keys()] });
    [...states].forEach(([name, state], index) => {
      if (!isState(loaded.states[index] ?? null, state))
        unlike.push(`the state of ${name} differs`);
    });
    states.clear();
  };
  let counted = 0;
  for (const [name, state] of recount(mall, sums)) {
    const partition = partitionOf({ key: name, partitions });
    const states = waiting[partition]?.set(name, state);
    if (states?.size === statesPerRead) await compare(states, partition);
    progress(++counted);
  }
  for (const [partition, states] of waiting.entries()) await compare(states, partition);
  return unlike;
}
