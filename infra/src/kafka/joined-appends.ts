import { JoinedCalls } from '../joined-calls/index.ts';
import type { OutputRecord } from './output-record.ts';

/** Resolves with the offset of each record. */
type Append = (records: readonly OutputRecord[]) => Promise<readonly number[]>;

/**
 * Appends one request at a time. What is asked for meanwhile waits and goes together in the next, up to so many
 * records: Kafka takes about as long for a request of many partitions as for one of a few records. Whoever waits for each of
 * its appends keeps its order; all that went in a request share its outcome.
 */
export function joinedAppends(append: Append, recordsMax: number): Append {
  const appends = new JoinedCalls<OutputRecord, number>({ ask: append, itemsMax: recordsMax });
  return (records) => appends.take(records);
}
