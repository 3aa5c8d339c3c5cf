import type { OutputRecord } from './output-record.ts';

type Append = (records: readonly OutputRecord[]) => Promise<void>;

interface Waiting {
  readonly records: readonly OutputRecord[];
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Appends one request at a time. What is asked for meanwhile waits and goes together in the next, up to so many
 * records: Kafka takes about as long for a request of many partitions as for one of a few records. Whoever waits for each of
 * its appends keeps its order; all that went in a request share its outcome.
 */
export function joinedAppends(append: Append, recordsMax: number): Append {
  let waiting: Waiting[] = [];
  let isAppending = false;

  const appendAll = async (): Promise<void> => {
    isAppending = true;
    while (waiting.length > 0) {
      const count = fitting(waiting, recordsMax);
      const joined = waiting.slice(0, count);
      waiting = waiting.slice(count);
      try {
        await append(joined.flatMap(({ records }) => records));
        for (const { done } of joined) done();
      } catch (error) {
        for (const { failed } of joined) failed(error);
      }
    }
    isAppending = false;
  };

  return (records) =>
    new Promise((done, failed) => {
      waiting.push({ records, done, failed });
      if (!isAppending) void appendAll();
    });
}

/** How many of those that have waited longest go together; at least one, whatever its size. */
function fitting(waiting: readonly Waiting[], recordsMax: number): number {
  let records = 0;
  const beyond = waiting.findIndex((one, index) => {
    records += one.records.length;
    return index > 0 && records > recordsMax;
  });
  return beyond < 0 ? waiting.length : beyond;
}
