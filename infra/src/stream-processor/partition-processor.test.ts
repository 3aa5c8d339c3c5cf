import { setImmediate } from 'node:timers/promises';
import type { Typed } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { Halt, type InputRecord } from '../consumer-group/partition-task.ts';
import { LogUnavailable, type OutputRecord } from '../kafka/output-record.ts';
import {
  StoreUnavailable,
  type Commit,
  type CommitOutcome,
  type PartitionStore,
} from '../state-store/partition-store.ts';
import {
  expectedJournal,
  jsonCodec,
  MemoryPipeline,
  misplaced,
  type Faults,
} from './memory-pipeline.ts';

type Append = NonNullable<Faults['append']>;

/** A record of the log as it was written. */
const asOutput = ({ key, value, headers }: InputRecord): OutputRecord => ({
  topic: 'entitlements',
  partition: 0,
  key: key?.toString() ?? null,
  value: value ?? Buffer.alloc(0),
  headers: Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, text]) => [name, text.toString()]),
  ),
});

/** The store with another commit. */
const withCommit = (
  inner: PartitionStore,
  commit: (commit: Commit) => Promise<CommitOutcome>,
): PartitionStore => ({
  acquire: (token) => inner.acquire(token),
  load: (names) => inner.load(names),
  commit,
});

/** What each rule of the protocol is for; test/simulation leaves them out. */
interface Scenario {
  readonly name: string;
  readonly members: string;
  readonly run: (pipeline: MemoryPipeline) => Promise<string>;
}

const scenarios: readonly Scenario[] = [
  {
    name: 'check at load: a zombie’s cache and the new owner’s states are of two positions',
    members: 'aabbaabb',
    run: async (pipeline) => {
      const zombie = pipeline.tally();
      await zombie.step(2);
      await pipeline.tally().step(2);
      await zombie.step(6);
      await zombie.run();
      return pipeline.journalled();
    },
  },
  {
    name: 'check at load: the owner is the same but its Redis is older',
    members: 'aaaba',
    run: async (pipeline) => {
      const { tallyStore } = pipeline;
      const worker = pipeline.tally({ limits: { cachedStatesMax: 1 } });
      await worker.step(2);
      const restore = tallyStore.snapshot();
      await worker.step(2);
      restore();
      await worker.run();
      return pipeline.journalled();
    },
  },
  {
    name: 'one request in flight: the second chunk lands before the first is sent again',
    members: 'abab',
    run: async (pipeline) => {
      let requests = 0;
      const append: Append = async (chunk) => {
        if (++requests > 1) return pipeline.appendHonestly(chunk);
        throw new LogUnavailable('refused');
      };
      await pipeline.tally({ append, limits: { chunkRecordsMax: 2 } }).run();
      return pipeline.journalled();
    },
  },
  {
    name: 'acknowledged by name: a partition that the answer does not name is not written',
    members: 'abab',
    run: async (pipeline) => {
      let requests = 0;
      const append: Append = async (chunk) => {
        if (++requests > 1) return pipeline.appendHonestly(chunk);
        await pipeline.appendHonestly(chunk.slice(0, 1));
        throw new LogUnavailable('half of it was not named');
      };
      await pipeline.tally({ append }).run();
      return pipeline.journalled();
    },
  },
  {
    name: 'compare at commit: a zombie wakes up between producing and committing',
    members: 'aabb',
    run: async (pipeline) => {
      const { tallyStore } = pipeline;
      const owner = pipeline.tally();
      const zombie = pipeline.tally({
        store: withCommit(tallyStore, async (commit) => {
          await owner.run();
          return tallyStore.commit(commit);
        }),
      });
      await zombie.step(2);
      pipeline.add('ba');
      await owner.run();
      return pipeline.journalled();
    },
  },
  {
    name: 'filter: a crash between producing and committing makes the same events again',
    members: 'abab',
    run: async (pipeline) => {
      await crashBeforeCommit(pipeline);
      await pipeline.tally().run();
      return pipeline.journalled();
    },
  },
  {
    name: 'filter in the same commit: the reader crashes between its states and its filter',
    members: 'abab',
    run: async (pipeline) => {
      await crashBeforeCommit(pipeline);
      await pipeline.tally().run();
      await pipeline.journal().step(4);
      return pipeline.journalled();
    },
  },
];

/** A process that produces all of it and dies before its commit. */
async function crashBeforeCommit(pipeline: MemoryPipeline): Promise<void> {
  const store = withCommit(pipeline.tallyStore, () => {
    throw new StoreUnavailable('gone');
  });
  await expect(pipeline.tally({ store }).run()).rejects.toThrow(StoreUnavailable);
}

describe('every effect is there once', () => {
  it.each(scenarios)('$name', async ({ members, run }) => {
    const pipeline = new MemoryPipeline(members);
    const exact = await run(pipeline);
    const all = pipeline.log.records('transactions').map((record) => record.key?.toString() ?? '');
    expect(exact).toBe(expectedJournal(all.join('')));
  });
});

describe('commit', () => {
  it('takes its own repeat for what it is and goes on', async () => {
    const pipeline = new MemoryPipeline('abab');
    const { tallyStore } = pipeline;
    const store = withCommit(tallyStore, async (commit) => {
      await tallyStore.commit(commit);
      return tallyStore.commit(commit);
    });
    const worker = pipeline.tally({ store });
    await worker.run(2);
    expect(worker.losses).toEqual([]);
    expect(await pipeline.journalled()).toBe(expectedJournal('abab'));
  });

  it('is made again from the store when its answer was lost', async () => {
    const pipeline = new MemoryPipeline('abab');
    let commits = 0;
    const store = withCommit(pipeline.tallyStore, async (commit) => {
      const outcome = await pipeline.tallyStore.commit(commit);
      if (++commits === 1) throw new StoreUnavailable('answer lost');
      return outcome;
    });
    const worker = pipeline.tally({ store });
    await expect(worker.step(2)).rejects.toThrow(StoreUnavailable);
    await worker.run();
    expect(await pipeline.journalled()).toBe(expectedJournal('abab'));
  });
});

describe('a process that is no longer the owner', () => {
  it('produces nothing, though its position is the stored one', async () => {
    const pipeline = new MemoryPipeline('ab');
    const zombie = pipeline.tally();
    await zombie.step(1);
    await pipeline.tallyStore.acquire('another');
    await zombie.step(1);
    expect(pipeline.log.records('entitlements')).toHaveLength(1);
    expect(zombie.losses).toEqual(['another owner has acquired the partition']);
  });

  it('says so when its commit is refused', async () => {
    const pipeline = new MemoryPipeline('ab');
    const { tallyStore } = pipeline;
    const store = withCommit(tallyStore, async (commit) => {
      await tallyStore.acquire('another');
      return tallyStore.commit(commit);
    });
    const zombie = pipeline.tally({ store });
    await zombie.step(1);
    expect(zombie.losses).toEqual(['the commit met another owner or position']);
  });

  it('gives up only where nothing is lost by it: after a commit', async () => {
    const pipeline = new MemoryPipeline('abab');
    const { processor } = pipeline.tally({ limits: { commitRecordsMax: 2 } });
    await processor.acquire('test');
    const batch = pipeline.log.batch({ topic: 'transactions', from: 0, size: 4 });
    const rebalance = new Error('rebalance');
    await expect(processor.process(batch, () => Promise.reject(rebalance))).rejects.toBe(rebalance);
    expect((await pipeline.tallyStore.load([])).position).toBe(2);
    expect(pipeline.log.records('entitlements')).toHaveLength(2);
  });
});

describe('an idle owner finds out', () => {
  it.each<{ name: string; change: (pipeline: MemoryPipeline) => unknown; finds: string }>([
    { name: 'nothing has changed', change: () => undefined, finds: 'done' },
    {
      name: 'another has acquired',
      change: (pipeline) => pipeline.tallyStore.acquire('another'),
      finds: 'lost',
    },
    {
      name: 'all is gone',
      change: (pipeline) => pipeline.loseTallies(),
      finds: 'lost',
    },
  ])('that $name', async ({ change, finds }) => {
    const pipeline = new MemoryPipeline('ab');
    const worker = pipeline.tally();
    await worker.run();
    await change(pipeline);
    expect((await worker.processor.check()).type).toBe(finds);
  });
});

describe('lost and older Redis', () => {
  const stages = ['tallyStore', 'journalStore'] as const;
  it.each(stages)('%s is empty, then rebuilt by the process that knew it', async (stage) => {
    const pipeline = new MemoryPipeline('abab');
    const restoreEmpty = pipeline[stage].snapshot();
    const workers = [pipeline.tally(), pipeline.journal()];
    for (const worker of workers) await worker.run();
    restoreEmpty();
    pipeline.add('ab');
    for (const worker of workers) await worker.run();
    expect(await pipeline.journalled()).toBe(expectedJournal('ababab'));
  });

  it.each(stages)('%s is older, then caught up by new processes', async (stage) => {
    const pipeline = new MemoryPipeline('abab');
    await pipeline.tally().step(2);
    await pipeline.journal().step(1);
    const restore = pipeline[stage].snapshot();
    await pipeline.tally().run();
    await pipeline.journal().run();
    restore();
    pipeline.add('ab');
    await pipeline.tally().run();
    expect(await pipeline.journalled()).toBe(expectedJournal('ababab'));
  });

  it('what a process has seen acknowledged it does not produce again, and a new one does', async () => {
    const pipeline = new MemoryPipeline('abab');
    const restoreEmpty = pipeline.tallyStore.snapshot();
    const worker = pipeline.tally();
    await worker.run(2);
    restoreEmpty();
    await worker.run(2);
    expect(pipeline.log.records('entitlements')).toHaveLength(4);
    restoreEmpty();
    await pipeline.tally().run();
    expect(pipeline.log.records('entitlements')).toHaveLength(8);
    expect(await pipeline.journalled()).toBe(expectedJournal('abab'));
  });

  it('produces again after a loss only what nobody knows to be in the log', async () => {
    const pipeline = new MemoryPipeline('abababab');
    const limits = { chunkRecordsMax: 2, commitRecordsMax: 4 };
    await pipeline.tally({ limits }).run();
    pipeline.loseTallies();
    await pipeline.tally({ limits }).run();
    // The last chunk said that the events of the first four were acknowledged.
    expect(pipeline.log.records('entitlements')).toHaveLength(8 + 4);
    expect(await pipeline.journalled()).toBe(expectedJournal('abababab'));
  });

  it('halts when events were derived from records that the log no longer has', async () => {
    const pipeline = new MemoryPipeline('abababab');
    await pipeline.tally({ limits: { commitRecordsMax: 4 } }).run();
    const younger = new MemoryPipeline('aba');
    younger.log.append(pipeline.log.records('entitlements').map(asOutput));
    await expect(younger.tally({ limits: { commitRecordsMax: 1 } }).run()).rejects.toThrow(
      /derived from all up to 4/,
    );
  });

  it('believes what was told while it slept: the log has grown since it asked', async () => {
    const pipeline = new MemoryPipeline('abababab');
    const limits = { chunkRecordsMax: 2, commitRecordsMax: 2 };
    await pipeline.tally({ limits }).run();
    pipeline.loseTallies();
    const ends = [3, 8];
    const watermarks = () => Promise.resolve({ low: 0, high: ends.shift() ?? 8 });
    await pipeline.tally({ limits, watermarks }).run();
    expect(await pipeline.journalled()).toBe(expectedJournal('abababab'));
  });

  it('halts when records were deleted before they were processed', async () => {
    const pipeline = new MemoryPipeline('abab');
    pipeline.log.low = 1;
    await expect(pipeline.tally().run()).rejects.toThrow(Halt);
  });

  it('halts when the log ends before the position', async () => {
    const pipeline = new MemoryPipeline('abab');
    await pipeline.tally().run();
    const younger = new MemoryPipeline('aba');
    await expect(younger.tally({ store: pipeline.tallyStore }).run()).rejects.toThrow(
      /lost the records from 3 to 3, or is another one/,
    );
  });

  it('halts when the log has lost its end and has grown beyond the position since', async () => {
    const pipeline = new MemoryPipeline('abab');
    await pipeline.tally().run();
    pipeline.log.loseEnd('transactions', 2);
    pipeline.add('ababab');
    await expect(pipeline.tally().run()).rejects.toThrow(
      /transactions\/0 is processed up to and with 3, but has another record there.*restore the topic/,
    );
  });

  it('halts when that happens between two batches, without another acquisition', async () => {
    const pipeline = new MemoryPipeline('abab');
    const worker = pipeline.tally();
    await worker.run();
    pipeline.log.loseEnd('transactions', 2);
    pipeline.add('ababab');
    await expect(worker.run()).rejects.toThrow(Halt);
    expect(pipeline.log.records('entitlements')).toHaveLength(4);
  });

  it.each([0, 2])(
    'halts when records stand where there was nothing for readers, behind %i records',
    async (before) => {
      const pipeline = new MemoryPipeline('ab'.slice(0, before));
      const worker = pipeline.tally();
      await worker.run();
      const end = { from: before, records: [], to: before + 1, highWatermark: before + 1 };
      const heartbeat = () => Promise.resolve();
      const position = { type: 'done', position: before + 1 };
      await worker.processor.acquire('test');
      expect(await worker.processor.process(end, heartbeat)).toEqual(position);
      pipeline.log.loseEnd('transactions', 0);
      pipeline.add('abab');
      const sentence = /had nothing for readers behind -?[01], but has records there now/;
      const next = pipeline.log.batch({ topic: 'transactions', from: before + 1, size: 10 });
      await expect(worker.processor.process(next, heartbeat)).rejects.toThrow(sentence);
      await expect(worker.processor.acquire('test')).rejects.toThrow(sentence);
    },
  );

  it('goes on when the leader has begun anew and nothing is lost', async () => {
    const pipeline = new MemoryPipeline('abab');
    const worker = pipeline.tally();
    await worker.run();
    pipeline.log.loseEnd('transactions', 0);
    pipeline.add('ab');
    await worker.run();
    expect(worker.losses).toEqual([]);
    expect(await pipeline.journalled()).toBe(expectedJournal('ababab'));
  });

  it('halts when what it has derived is no longer in the log', async () => {
    const pipeline = new MemoryPipeline('abab');
    await pipeline.tally().run();
    pipeline.log.loseEnd('entitlements', 1);
    await expect(pipeline.tally().run()).rejects.toThrow(/entitlements\/0 at 3 and maybe more/);
  });

  it('halts likewise when it was committed at a second attempt, which produces nothing', async () => {
    const pipeline = new MemoryPipeline('abab');
    const store = pipeline.tallyStore;
    let failures = 1;
    const failing: PartitionStore = {
      acquire: (token) => store.acquire(token),
      load: (names) => store.load(names),
      commit: (commit) =>
        failures-- > 0 ? Promise.reject(new Error('gone')) : store.commit(commit),
    };
    const { processor } = pipeline.tally({ store: failing });
    const batch = pipeline.log.batch({ topic: 'transactions', from: 0, size: 4 });
    const heartbeat = () => Promise.resolve();
    await processor.acquire('test');
    await expect(processor.process(batch, heartbeat)).rejects.toThrow('gone');
    await processor.acquire('test');
    await processor.process(batch, heartbeat);
    expect(pipeline.log.records('entitlements')).toHaveLength(4);
    pipeline.log.loseEnd('entitlements', 1);
    await expect(pipeline.tally().run()).rejects.toThrow(/entitlements\/0 at 3 and maybe more/);
  });

  it('halts when something was derived, and not committed, from what the log has lost', async () => {
    const pipeline = new MemoryPipeline('abab');
    const worker = pipeline.tally({ limits: { commitRecordsMax: 2 } });
    await worker.step(2);
    const restore = pipeline.tallyStore.snapshot();
    await worker.step(2);
    restore();
    pipeline.log.loseEnd('transactions', 1);
    pipeline.add('aa');
    await expect(pipeline.tally().run()).rejects.toThrow(
      /entitlements\/0 has events of transactions\/0 up to 3, but the log has no such record/,
    );
  });

  it('believes the log once when an older version stored no record', async () => {
    const pipeline = new MemoryPipeline('ab');
    const store = pipeline.tallyStore;
    await pipeline.tally().run();
    const older: PartitionStore = {
      load: (names) => store.load(names),
      commit: (commit) => store.commit(commit),
      acquire: async (token) => ({ ...(await store.acquire(token)), last: '' }),
    };
    pipeline.add('ab');
    await pipeline.tally({ store: older }).run();
    expect((await store.acquire('next')).last).toMatch(/^3:0:/);
  });
});

describe('produce', () => {
  it('sends one request at a time and says in its last record what is acknowledged', async () => {
    const pipeline = new MemoryPipeline('abababab');
    let inFlight = 0;
    const headers: unknown[][] = [];
    const append: Append = async (chunk) => {
      expect(++inFlight).toBe(1);
      headers.push(chunk.map((record) => record.headers?.['acked-below']));
      await setImmediate();
      const offsets = await pipeline.appendHonestly(chunk);
      inFlight--;
      return offsets;
    };
    const limits = { chunkRecordsMax: 2, commitRecordsMax: 4 };
    await pipeline.tally({ append, limits }).run();
    expect(headers).toEqual([
      [undefined, '0'],
      [undefined, '0'],
      [undefined, '4'],
      [undefined, '4'],
    ]);
  });

  it('after its last attempt acquires again and produces the same, from the stored states', async () => {
    const pipeline = new MemoryPipeline('aaaa');
    let requests = 0;
    const append: Append = async (chunk) => {
      const offsets = await pipeline.appendHonestly(
        requests < 3 ? chunk.slice(0, requests) : chunk,
      );
      if (++requests <= 3) throw new LogUnavailable('half of it');
      return offsets;
    };
    const worker = pipeline.tally({ append, limits: { produceAttemptsMax: 3 } });
    await expect(worker.step(4)).rejects.toThrow(LogUnavailable);
    await worker.run();
    expect(await pipeline.journalled()).toBe(expectedJournal('aaaa'));
  });

  it('tries again only what the log refused', async () => {
    const pipeline = new MemoryPipeline('a');
    let requests = 0;
    const append: Append = () => {
      requests++;
      throw new TypeError('a mistake of ours');
    };
    await expect(pipeline.tally({ append }).run()).rejects.toThrow(TypeError);
    expect(requests).toBe(1);
  });
});

describe('unreadable records', () => {
  const garbage = (value: string) => ({
    topic: 'transactions' as const,
    partition: 0,
    key: null,
    value: Buffer.from(value),
  });
  const deadLetters = (pipeline: MemoryPipeline) =>
    pipeline.log
      .records('dead-letters')
      .map((record) => jsonCodec.decode(record.value) as Typed<'DeadLetter'>);

  it('go to dead-letters with where they came from, and the line goes on', async () => {
    const pipeline = new MemoryPipeline('ab');
    pipeline.log.append([garbage('no json')]);
    pipeline.add('ab');
    await pipeline.tally().run();
    expect(deadLetters(pipeline).map(({ value }) => value)).toMatchObject([
      { sourceTopic: 'transactions', sourcePartition: 0, sourceOffset: 2 },
    ]);
    const entries = await pipeline.journalled();
    expect(entries).toBe(expectedJournal('abab'));
  });

  it('are also batches that could not be read, as one each', async () => {
    const pipeline = new MemoryPipeline('ab');
    const { processor } = pipeline.tally();
    await processor.acquire('test');
    const batch = {
      offset: 1,
      key: null,
      value: Buffer.from('{}'),
      headers: {},
      fault: 'too large',
    };
    const { log } = pipeline;
    const records = [...log.records('transactions').slice(0, 1), batch];
    await processor.process({ from: 0, records, to: 2, highWatermark: 2 }, () => Promise.resolve());
    expect(deadLetters(pipeline).map(({ value }) => value)).toMatchObject([
      { sourceOffset: 1, reason: 'too large' },
    ]);
  });

  it('are also those that may not stand in the topic', async () => {
    const pipeline = new MemoryPipeline('ab');
    const foreign = { type: 'DeadLetter', value: { memberId: 'a' } };
    pipeline.log.append([garbage(JSON.stringify(foreign))]);
    await pipeline.tally().run();
    expect(deadLetters(pipeline)).toHaveLength(1);
    expect(await pipeline.journalled()).toBe(expectedJournal('ab'));
  });

  it('are also those of a key that lies in another partition', async () => {
    const pipeline = new MemoryPipeline(`a${misplaced}b${misplaced}`);
    await pipeline.tally().run();
    expect(deadLetters(pipeline).map(({ value }) => [value.sourceOffset, value.reason])).toEqual([
      [1, 'stands in partition 0, but the murmur2 of its topic’s key says 1'],
      [3, 'stands in partition 0, but the murmur2 of its topic’s key says 1'],
    ]);
    expect(await pipeline.journalled()).toBe(expectedJournal('ab'));
  });

  it('stop the worker when they are too many', async () => {
    const pipeline = new MemoryPipeline('');
    pipeline.log.append([garbage('1st'), garbage('2nd'), garbage('3rd')]);
    const limits = { deadLettersPerThousandMax: 2 };
    await expect(pipeline.tally({ limits }).run()).rejects.toThrow(Halt);
  });
});

describe('batches', () => {
  it.each([1, 2, 3, 7, 100])('of %i records end in the same', async (size) => {
    const pipeline = new MemoryPipeline('abcabcaabbcc');
    await pipeline.tally({ limits: { commitRecordsMax: 2, cachedStatesMax: 1 } }).run(size);
    expect(pipeline.log.records('entitlements')).toHaveLength(12);
    expect(await pipeline.journalled()).toBe(expectedJournal('abcabcaabbcc'));
  });

  it('move the position to where they end, whatever record is there', async () => {
    const pipeline = new MemoryPipeline('ab');
    const { processor } = pipeline.tally({
      watermarks: () => Promise.resolve({ low: 0, high: 9 }),
      limits: { commitRecordsMax: 1 },
    });
    await processor.acquire('test');
    const heartbeat = () => Promise.resolve();
    const batch = { from: 0, records: pipeline.log.records('transactions'), highWatermark: 9 };
    expect(await processor.process({ ...batch, to: 5 }, heartbeat)).toEqual(done(5));
    const empty = { from: 5, records: [], to: 9, highWatermark: 9 };
    expect(await processor.process(empty, heartbeat)).toEqual(done(9));
    expect((await pipeline.tallyStore.load([])).position).toBe(9);
    expect(await processor.check()).toEqual(done(9));
    expect(await pipeline.journalled()).toBe(expectedJournal('ab'));
  });
});

const done = (position: number) => ({ type: 'done', position });
