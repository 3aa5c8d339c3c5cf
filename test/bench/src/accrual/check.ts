import { partitionOf } from '@semarak/infra/kafka';
import { partitionKey, readStates } from '@semarak/infra/state-store';
import type { DomainEvent, MemberState } from '@semarak/programme';
import type { Typed } from '@semarak/schemas';
import type { Mall } from '../mall/mall.ts';
import type { BenchStack } from '../stack/bench-stack.ts';
import { batchesOf } from '../stack/log-reading.ts';
import { isState, recount } from './recount.ts';
import { addEvent, unequalSums, type Sums } from './sums.ts';

const statesPerRead = 500;

/**
 * Compares every member's state in Redis and the sums of all derived events with what the rules make of
 * the generated month. A sentence for each difference.
 */
export async function differences(stack: BenchStack, mall: Mall): Promise<string[]> {
  const should: Sums = new Map();
  const unlike = await unlikeStates(stack, mall, should);
  const is: Sums = new Map();
  for (const topic of ['loyalty-events', 'entitlements'] as const) {
    const isNew = risingOnly();
    for await (const { partition, records } of batchesOf(stack, topic))
      for (const record of records)
        if (isDomainEvent(record) && isNew(partition, record.value)) addEvent(is, record);
  }
  return [...unlike.map((name) => `the state of ${name} differs`), ...unequalSums(is, should)];
}

async function unlikeStates(stack: BenchStack, mall: Mall, sums: Sums): Promise<string[]> {
  const partitions = (await stack.ends('transactions')).length;
  const waiting = Array.from({ length: partitions }, () => new Map<string, MemberState>());
  const progress = stack.progress('counting again, members', mall.members);
  const unlike: string[] = [];
  const compare = async (states: Map<string, MemberState>, partition: number): Promise<void> => {
    const key = partitionKey({ worker: 'accrual', partition });
    const loaded = await readStates(stack.redis, { key, names: [...states.keys()] });
    [...states].forEach(([name, state], index) => {
      if (!isState(loaded.states[index] ?? null, state)) unlike.push(name);
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

type DerivedEvent = Extract<Typed, { type: DomainEvent['type'] }>;

/** Announcements of programmes are no member's. */
const isDomainEvent = (record: Typed): record is DerivedEvent =>
  'sourceOffset' in record.value && !record.type.endsWith('Announced');

/**
 * As every reader of a derived topic does: what is not above the last of its source in
 * the same partition is a repeat.
 */
function risingOnly(): (partition: number, id: DerivedEvent['value']) => boolean {
  const last = new Map<string, { offset: number; ordinal: number }>();
  return (partition, { sourcePartition, sourceOffset: offset, ordinal }) => {
    const lane = `${sourcePartition} in ${partition}`;
    const before = last.get(lane);
    if (before && (offset - before.offset || ordinal - before.ordinal) <= 0) return false;
    last.set(lane, { offset, ordinal });
    return true;
  };
}
