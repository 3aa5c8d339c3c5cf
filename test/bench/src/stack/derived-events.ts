import type { Typed } from '@semarak/schemas';
import type { BenchStack } from './bench-stack.ts';
import { batchesOf } from './log-reading.ts';

/** What a worker has made of a record of another topic. */
export type DerivedEvent = Extract<Typed, { value: { ordinal: number } }>;

/** The events of a topic partition by partition in their order, each once, without announcements. */
export async function* eventsOf(
  stack: BenchStack,
  topic: 'loyalty-events' | 'entitlements' | 'reward-events',
): AsyncGenerator<DerivedEvent> {
  const isNew = risingOnly();
  for await (const { partition, records } of batchesOf(stack, topic))
    for (const record of records) if (isDerived(record) && isNew(partition, record)) yield record;
}

/** Announcements of programmes and days are of every source, and of nobody's history. */
const isDerived = (record: Typed): record is DerivedEvent =>
  'ordinal' in record.value && !record.type.endsWith('Announced');

/**
 * As every reader of a derived topic does: what is not above the last of its source in
 * the same partition is a repeat, unless its source restarts there.
 */
function risingOnly(): (partition: number, event: DerivedEvent) => boolean {
  const last = new Map<string, { offset: number; ordinal: number }>();
  return (partition, { type, value }) => {
    const { sourcePartition, sourceOffset: offset, ordinal } = value;
    const lane = `${sourcePartition} in ${partition}`;
    const before = last.get(lane);
    const isRepeat = before && (offset - before.offset || ordinal - before.ordinal) <= 0;
    if (isRepeat && type !== 'DerivationRestarted') return false;
    last.set(lane, { offset, ordinal });
    return true;
  };
}
