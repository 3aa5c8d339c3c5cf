import { isoDate, tillKey } from '@semarak/schemas';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectLatency, type Latency } from '../load/latency.ts';
import { numberOf, programme, transactionAt, type Mall } from '../mall/mall.ts';
import type { BenchStack } from '../stack/bench-stack.ts';
import { batchesOf } from '../stack/log-reading.ts';

/** The question takes ClickHouse some milliseconds of processor time, which what is measured must not lack. */
const askedEveryMs = 100;

/** What an analyst has been shown: of each partition the last sale, and when it was there, epoch milliseconds. */
type Shown = ReadonlyMap<number, readonly { readonly offset: number; readonly at: number }[]>;

/**
 * Asks ClickHouse again and again which sales of the mall's days from this one on are there. What it returns ends
 * that and gives what was shown.
 */
export function watchSales(stack: BenchStack, mall: Mall, first: number): () => Promise<Shown> {
  const from = isoDate(transactionAt(mall, first).businessDay);
  const shown = new Map<number, { offset: number; at: number }[]>();
  const ending = new AbortController();
  const ask = async (): Promise<void> => {
    const rows = await stack.clickhouse.query<{ partition: number; offset: number }>(
      `SELECT source_partition AS partition, max(source_offset) AS offset FROM semarak.sale_postings
       WHERE programme = {programme:String} AND business_day >= toDate32({from:String})
       GROUP BY partition`,
      { programme, from },
    );
    const at = performance.timeOrigin + performance.now();
    for (const { partition, offset } of rows) {
      const seen = shown.get(partition) ?? [];
      if (offset > (seen.at(-1)?.offset ?? -1)) seen.push({ offset, at });
      shown.set(partition, seen);
    }
  };
  const watching = (async () => {
    while (!ending.signal.aborted) {
      await ask();
      await sleep(askedEveryMs);
    }
    await ask();
  })();
  return async () => {
    ending.abort();
    await watching;
    return shown;
  };
}

/**
 * From when a transaction was answered to when it was shown, of all from number `first` on but those that are left out. `from`: offsets before which none of them lies.
 */
export async function visibleMs(
  stack: BenchStack,
  of: {
    readonly shown: Shown;
    readonly first: number;
    readonly from: readonly number[];
    readonly answeredAt: readonly number[];
    /** Those of a warm-up, and those whose answer waited for the outcome. */
    readonly isLeftOut: (index: number) => boolean;
  },
): Promise<Latency | undefined> {
  const latency = collectLatency();
  for await (const { partition, records, offsets } of batchesOf(stack, 'transactions', of.from)) {
    const seen = of.shown.get(partition) ?? [];
    let next = 0;
    records.forEach((record, at) => {
      if (record.type !== 'TransactionRecorded') return;
      const index = numberOf(tillKey(record.value.transactionId)) - of.first;
      const answeredAt = of.answeredAt[index];
      const offset = offsets[at] ?? 0;
      while ((seen[next]?.offset ?? Infinity) < offset) next++;
      const shownAt = seen[next]?.at;
      if (of.isLeftOut(index) || answeredAt === undefined) return;
      if (shownAt === undefined)
        throw new Error(`${record.value.transactionId} was never shown by ClickHouse.`);
      latency.add(shownAt - answeredAt);
    });
  }
  return latency.found();
}
