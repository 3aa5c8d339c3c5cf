import { LogUnavailable, type OutputRecord } from '@semarak/infra/kafka';
import type { TransactionRecorded, Typed } from '@semarak/schemas';
import { beforeEach, describe, expect, it } from 'vitest';
import { contentHash } from '../duplicates/content.ts';
import { DuplicatesUnavailable, MemoryDuplicates } from '../duplicates/duplicates.ts';
import type { LogMark } from '../duplicates/known.ts';
import { placeOf } from '../duplicates/place.ts';
import { TransactionIntake } from './transactions.ts';

const sale = (
  sequence: number,
  changes: Partial<TransactionRecorded> = {},
): TransactionRecorded => ({
  programme: 'pacific-place',
  transactionId: `T-1/2014-12-01/${sequence}`,
  type: 'sale',
  memberId: 'M-1',
  tenantId: 'PP-001',
  businessDay: 16_405,
  amount: 500_000,
  currency: 'IDR',
  occurredAt: 1_000,
  receivedAt: 2_000,
  originalId: null,
  ...changes,
});

describe('TransactionIntake', () => {
  let log: OutputRecord[];
  let duplicates: MemoryDuplicates;
  let forgotten: unknown[];
  let append: (records: readonly OutputRecord[]) => Promise<ReadonlyMap<OutputRecord, number>>;
  /** The log has what is below this offset. */
  let logEnd: number;
  /** What the log says in place of a mark. */
  let better: LogMark | undefined;
  let asked: LogMark[];
  let intake: TransactionIntake;

  beforeEach(() => {
    log = [];
    forgotten = [];
    duplicates = new MemoryDuplicates();
    logEnd = Infinity;
    better = undefined;
    asked = [];
    append = (records) => {
      const from = log.length;
      log.push(...records);
      return Promise.resolve(new Map(records.map((record, index) => [record, from + index])));
    };
    intake = new TransactionIntake({
      queue: { append: (records) => append(records) },
      duplicates,
      marks: {
        identityOf: () => ({ epoch: 4, origin: 77 }),
        originOf: () => Promise.resolve(77),
        standing: (known) => {
          asked.push(...known.map(({ at }) => at));
          return Promise.resolve(
            known.map(({ at }) => (at.offset < logEnd ? (better ?? at) : undefined)),
          );
        },
      },
      codec: { encode: (record: Typed) => Buffer.from(JSON.stringify(record)) },
      partitionOf: () => 3,
      onAccepted: () => undefined,
      onForgotten: (error) => forgotten.push(error),
    });
  });

  it('writes what is new under the member’s key', async () => {
    expect(await intake.record([sale(1)])).toEqual(['accepted']);
    expect(log).toMatchObject([{ topic: 'transactions', key: 'pacific-place/M-1' }]);
  });

  it('writes what is known once more where its receivedAt is to be corrected, and no conflict', async () => {
    await intake.record([sale(1, { receivedAt: 9_000 })]);
    const written = log.length;
    const right = sale(1, { receivedAt: 1_000 });
    const other = sale(1, { amount: 7 });
    expect(await intake.record([right], 'copied')).toEqual(['duplicate']);
    expect(await intake.record([other], 'copied')).toEqual(['conflict']);
    expect(log.length).toBe(written + 1);
  });

  it('tells a duplicate, whenever it was received, and writes nothing', async () => {
    await intake.record([sale(1)]);
    expect(await intake.record([sale(1, { receivedAt: 9_000 })])).toEqual(['duplicate']);
    expect(log).toHaveLength(1);
  });

  it.each<Partial<TransactionRecorded>>([
    { amount: 500_001 },
    { memberId: null },
    { memberId: 'M-2' },
    { tenantId: 'PP-002' },
    { occurredAt: 1_001 },
    { type: 'void', originalId: 'T-1/2014-12-01/9' },
  ])('tells a conflict: %o', async (change) => {
    await intake.record([sale(1)]);
    expect(await intake.record([sale(1, change)])).toEqual(['conflict']);
    expect(log).toHaveLength(1);
    expect(await intake.record([sale(1)])).toEqual(['duplicate']);
  });

  it('accepts again what the log has lost, and what stands there is a duplicate still', async () => {
    await intake.record([sale(1), sale(2), sale(3)]);
    logEnd = 1;
    const again = [sale(1), sale(2), sale(3, { amount: 9 })];
    expect(await intake.record(again)).toEqual(['duplicate', 'accepted', 'accepted']);
    expect(log).toHaveLength(5);
    logEnd = Infinity;
    expect(await intake.record(again)).toEqual(['duplicate', 'duplicate', 'duplicate']);
  });

  it('accepts again what an older version remembers without its place', async () => {
    await duplicates.remember([{ place: placeOf(sale(1)), content: contentHash(sale(1)) }]);
    expect(await intake.record([sale(1)])).toEqual(['accepted']);
    expect(await intake.record([sale(1)])).toEqual(['duplicate']);
  });

  it('remembers nothing while it is not known what the log is', async () => {
    const blind = new TransactionIntake({
      queue: { append: (records) => append(records) },
      duplicates,
      marks: {
        identityOf: () => undefined,
        originOf: () => Promise.resolve(77),
        standing: () => Promise.resolve([]),
      },
      codec: { encode: (record: Typed) => Buffer.from(JSON.stringify(record)) },
      partitionOf: () => 3,
      onAccepted: () => undefined,
      onForgotten: (error) => forgotten.push(error),
    });
    await blind.record([sale(1)]);
    expect(await blind.record([sale(1)])).toEqual(['accepted']);
  });

  it('remembers what the log tells better of a transaction', async () => {
    await intake.record([sale(1)]);
    better = { partition: 3, offset: 0, epoch: 5, origin: 77 };
    for (let copy = 0; copy < 2; copy++)
      expect(await intake.record([sale(1)])).toEqual(['duplicate']);
    expect(asked.map(({ epoch }) => epoch)).toEqual([4, 5]);
  });

  it('keeps programmes apart', async () => {
    await intake.record([sale(1)]);
    expect(await intake.record([sale(1, { programme: 'polytron' })])).toEqual(['accepted']);
  });

  it('tells copies and conflicts within one request', async () => {
    const records = [sale(1), sale(2), sale(1), sale(2, { amount: 7 }), sale(3)];
    expect(await intake.record(records)).toEqual([
      'accepted',
      'accepted',
      'duplicate',
      'conflict',
      'accepted',
    ]);
    expect(log).toHaveLength(3);
  });

  it('compares a copy within a request with what was known before', async () => {
    await intake.record([sale(1)]);
    const records = [sale(1, { amount: 7 }), sale(1), sale(1, { amount: 7 })];
    expect(await intake.record(records)).toEqual(['conflict', 'duplicate', 'conflict']);
  });

  it('lets the second of two copies at the same moment wait for the first', async () => {
    let acknowledge: () => void = () => undefined;
    append = (records) =>
      new Promise((resolve) => {
        log.push(...records);
        acknowledge = () => resolve(new Map(records.map((record, index) => [record, index])));
      });
    const first = intake.record([sale(1)]);
    const second = intake.record([sale(1), sale(1, { amount: 7 })]);
    await new Promise(setImmediate);
    acknowledge();
    expect(await Promise.all([first, second])).toEqual([['accepted'], ['duplicate', 'conflict']]);
    expect(log).toHaveLength(1);
  });

  it('fails both when the first fails, and takes the transaction the next time', async () => {
    append = () => Promise.reject(new LogUnavailable('no'));
    const both = await Promise.allSettled([intake.record([sale(1)]), intake.record([sale(1)])]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    append = () => Promise.resolve(new Map());
    expect(await intake.record([sale(1)])).toEqual(['accepted']);
  });

  it('writes nothing while nobody can tell duplicates', async () => {
    duplicates.find = () => Promise.reject(new DuplicatesUnavailable('no'));
    await expect(intake.record([sale(1)])).rejects.toBeInstanceOf(DuplicatesUnavailable);
    expect(log).toEqual([]);
  });

  it('accepts what is in the log although it cannot be remembered', async () => {
    duplicates.remember = () => Promise.reject(new DuplicatesUnavailable('no'));
    expect(await intake.record([sale(1)])).toEqual(['accepted']);
    expect(forgotten).toHaveLength(1);
  });
});
