import { Halt, type InputBatch } from '../consumer-group/partition-task.ts';
import { logStart, placeOf, type LogPlace, type PlaceVerdict } from '../kafka/log-place.ts';
import type { WrittenRecord } from './written.ts';

/** The partition of the log that a position is in. */
export interface InputLog {
  /** `transactions/3` */
  readonly name: string;
  /** First offset still in the log, and the one after its last. */
  readonly watermarks: () => Promise<{ low: number; high: number }>;
  /** Whether the log has this very record. */
  readonly verdictOf: (place: LogPlace) => Promise<PlaceVerdict>;
  /** Whether any record in [from, to) is for readers. */
  readonly hasRecords: (range: { readonly from: number; readonly to: number }) => Promise<boolean>;
}

const remedy =
  'Going on would skip records or count them twice: stop all services and restore the topic from a copy, or run "npm run ' +
  'rebuild -- all". infra/README.md, "After a loss", has both.';

/**
 * Throws Halt unless the log is the one in which everything below `position` was taken in: it has what comes next, and
 * where its last record was there is that record. Returns the watermarks.
 */
export async function holdToLog(
  log: InputLog,
  at: { readonly position: number; readonly last: LogPlace | undefined },
): Promise<{ low: number; high: number }> {
  const { position, last } = at;
  const { low, high } = await log.watermarks();
  if (position < low)
    throw new Halt(
      `${log.name} begins at ${low} but is processed only up to ${position}: records were deleted ` +
        'unread. Restore the topic from a copy; going on would lose them.',
    );
  if (position > high)
    throw new Halt(
      `${log.name} is processed up to ${position} but ends at ${high}: the log has lost the records from ${high} to ` +
        `${position - 1}, or is another one. ${remedy}`,
    );
  if (last !== undefined) await holdToPlace(log, { position, last });
  return { low, high };
}

/**
 * Throws Halt when a batch was written under another leader than the last record that was taken in and the log no longer
 * has that record: it has lost its end, and grown again.
 */
export async function holdBatchToLog(
  log: InputLog,
  batch: Pick<InputBatch, 'from' | 'records'>,
  last: LogPlace | undefined,
): Promise<void> {
  if (last === undefined) return;
  const epoch = batch.records.at(-1)?.writtenIn?.leaderEpoch ?? last.epoch;
  if (epoch !== last.epoch) await holdToPlace(log, { position: batch.from, last });
}

/** Throws Halt when events were derived from a record that the log does not have. */
export async function holdCauseToLog(
  log: InputLog,
  of: { readonly derived: string; readonly cause: LogPlace },
): Promise<void> {
  const verdict = await log.verdictOf(of.cause);
  if (verdict.type === 'stands') return;
  throw new Halt(
    `${of.derived} has events of ${log.name} up to ${of.cause.offset}, but the log has no such record, or another one there: it ` +
      `has lost records from ${verdict.from ?? 'the beginning'} on. ${remedy}`,
  );
}

/** Throws Halt when records are gone that were acknowledged, and that the states rest upon. */
export async function holdWrittenToLog(
  written: readonly WrittenRecord[],
  isInLog: (record: WrittenRecord) => Promise<boolean>,
): Promise<void> {
  const found = await Promise.all(written.map(isInLog));
  const gone = written.filter((_, index) => found[index] === false);
  if (gone.length === 0) return;
  const places = gone.map(({ topic, partition, offset }) => `${topic}/${partition} at ${offset}`);
  throw new Halt(
    `What was derived and acknowledged is no longer in the log: ${places.join(', ')} and maybe more below. ${remedy}`,
  );
}

/** What is kept when records of a range are taken in: the last one of them, or what was the last one before. */
export const lastOf = (
  { from, records }: Pick<InputBatch, 'from' | 'records'>,
  before: LogPlace | undefined,
): LogPlace | undefined => {
  const newest = records.at(-1);
  if (newest !== undefined) return placeOf(newest);
  return before ?? (from === 0 ? logStart : undefined);
};

async function holdToPlace(
  log: InputLog,
  { position, last }: { readonly position: number; readonly last: LogPlace },
): Promise<void> {
  const verdict: PlaceVerdict =
    last.offset === logStart.offset ? { type: 'stands' } : await log.verdictOf(last);
  if (verdict.type === 'lost') {
    const lost =
      verdict.from === undefined
        ? 'the log is another one'
        : `the log has lost the records from ${verdict.from} to ${last.offset} and has grown again`;
    throw new Halt(
      `${log.name} is processed up to and with ${last.offset}, but has another record there: ${lost}. ${remedy}`,
    );
  }
  const gap = { from: last.offset + 1, to: position };
  if (gap.from >= gap.to || !(await hasRecords(log, gap))) return;
  throw new Halt(
    `${log.name} is processed up to ${position} and had nothing for readers behind ${last.offset}, but has records there ` +
      `now: the log has lost its end and has grown again. ${remedy}`,
  );
}

async function hasRecords(log: InputLog, gap: { from: number; to: number }): Promise<boolean> {
  const { low } = await log.watermarks();
  return log.hasRecords({ from: Math.max(low, gap.from), to: gap.to });
}
