import type { TopicName, Typed } from '@semarak/schemas';
import type { InputBatch, InputRecord } from '../consumer-group/partition-task.ts';
import { contentDigest, placeOf, type LogPlace, type PlaceVerdict } from '../kafka/log-place.ts';
import type { OutputRecord } from '../kafka/output-record.ts';
import { createLog, createMetrics } from '../observability/index.ts';
import { UnreadableRecord } from '../records/record-codec.ts';
import { MemoryPartitionStore } from '../state-store/memory-store.ts';
import type { PartitionStore } from '../state-store/partition-store.ts';
import { farthestCause, highestTold } from './acknowledged.ts';
import type { Logic } from './logic.ts';
import {
  PartitionProcessor,
  type ProcessorLimits,
  type Surroundings,
} from './partition-processor.ts';

/** Topics in memory, for tests of the protocol; what is appended is acknowledged. */
export class MemoryLog {
  readonly #partitions = new Map<string, InputRecord[]>();
  /** Offsets below it have been deleted. */
  low = 0;
  /** Of the leader: grows when it begins anew. */
  #epoch = 0;

  /** The offset of each. */
  append(records: readonly OutputRecord[]): number[] {
    const offsets: number[] = [];
    for (const { topic, partition, key, value, headers = {} } of records) {
      const written = this.#recordsOf(topic, partition);
      offsets.push(written.length);
      written.push({
        offset: written.length,
        key: typeof key === 'string' ? Buffer.from(key) : key,
        value,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, text]) => [name, Buffer.from(String(text))]),
        ),
        writtenIn: { leaderEpoch: this.#epoch, timestamp: 0 },
      });
    }
    return offsets;
  }

  /** The power goes, and with it the last records of a topic; the leader begins anew. */
  loseEnd(topic: TopicName, records: number): void {
    this.#recordsOf(topic, 0).splice(this.#recordsOf(topic, 0).length - records);
    this.#epoch++;
  }

  verdictOf(topic: TopicName, place: LogPlace): PlaceVerdict {
    const record = this.#recordsOf(topic, 0)[place.offset];
    const found = record === undefined ? undefined : placeOf(record);
    const stands = found?.epoch === place.epoch && found.digest === place.digest;
    return stands ? { type: 'stands' } : { type: 'lost', from: place.offset };
  }

  records(topic: TopicName, partition = 0): readonly InputRecord[] {
    return this.#recordsOf(topic, partition);
  }

  /** At most `size` records from an offset on. */
  batch({ topic, from, size }: { topic: TopicName; from: number; size: number }): InputBatch {
    const all = this.#recordsOf(topic, 0);
    const records = all.slice(from, from + size);
    return { from, records, to: from + records.length, highWatermark: all.length };
  }

  #recordsOf(topic: TopicName, partition: number): InputRecord[] {
    const name = `${topic}/${String(partition)}`;
    const known = this.#partitions.get(name);
    if (known !== undefined) return known;
    const made: InputRecord[] = [];
    this.#partitions.set(name, made);
    return made;
  }
}

/** JSON in place of Avro: what is tested is when records are written, not how. */
export const jsonCodec = {
  prepare: () => Promise.resolve(),
  encode: (record: Typed): Buffer => Buffer.from(JSON.stringify(record)),
  decode(value: Buffer | null): Typed {
    try {
      return JSON.parse(value?.toString() ?? '') as Typed;
    } catch (error) {
      throw new UnreadableRecord('value is no JSON', error);
    }
  },
};

const encode = (_name: string, state: string): Uint8Array => Buffer.from(state);
const decode = (_name: string, bytes: Uint8Array): string => Buffer.from(bytes).toString();

/**
 * The first stage: each sale of a member earns the ticket whose number is how many the member has
 * had, so that an event decided from a wrong state is a wrong event.
 */
const tallyLogic: Logic<string> = {
  derived: 'entitlements',
  statesOf: (record) => [memberOf(record)],
  keyOf: (record) => memberOf(record),
  sourceOf: () => undefined,
  decide(record, states, at) {
    const member = memberOf(record);
    const tally = Number(states.get(member) ?? 0) + 1;
    states.set(member, String(tally));
    const value = { memberId: member, ticket: tally, sourceOffset: at.offset };
    return [
      {
        topic: 'entitlements',
        key: member,
        record: { type: 'DrawTicketEarned', value } as Typed<'DrawTicketEarned'>,
      },
    ];
  },
  encode,
  decode,
};

/** The second stage: a reader of derived events that writes down all it has applied, in order. */
const journalLogic: Logic<string> = {
  derived: 'reward-events',
  statesOf: () => ['journal'],
  sourceOf(record) {
    const { sourceOffset } = record.value as { sourceOffset: number };
    return { topic: 'transactions', partition: 0, offset: sourceOffset, ordinal: 0 };
  },
  decide(record, states) {
    states.set('journal', `${states.get('journal') ?? ''}${entryOf(record)} `);
    return [];
  },
  encode,
  decode,
};

/** A member whose sales belong into another partition. */
export const misplaced = 'z';

const memberOf = (record: Typed): string => (record.value as { memberId: string }).memberId;

function entryOf(record: Typed): string {
  const { memberId, ticket } = record.value as { memberId: string; ticket: number };
  return `${memberId}${String(ticket)}`;
}

/** The journal that the members' sales must end in, however they were processed. */
export function expectedJournal(members: string): string {
  const tallies = new Map<string, number>();
  return Array.from(members)
    .map((member) => {
      const tally = (tallies.get(member) ?? 0) + 1;
      tallies.set(member, tally);
      return `${member}${String(tally)} `;
    })
    .join('');
}

const limits: ProcessorLimits = {
  commitRecordsMax: 1_000,
  chunkRecordsMax: 500,
  produceAttemptsMax: 3,
  produceRetryDelayMs: 0,
  cachedStatesMax: 1_000,
  cachedBytesMax: 1_000_000,
  decodedStatesMax: 100,
  deadLettersPerThousandMax: 100,
};
const metrics = createMetrics({ service: 'test' });
const log = createLog({ service: 'test', level: 'silent' });

/** What a test may put in the place of the honest adapters, to fail or to take a rule out. */
export interface Faults {
  readonly store?: PartitionStore;
  readonly append?: Surroundings<string>['append'];
  readonly watermarks?: Surroundings<string>['watermarks'];
  readonly logic?: Logic<string>;
  readonly limits?: Partial<ProcessorLimits>;
}

/** Two stages over one log: tally reads transactions and writes entitlements, journal reads those. */
export class MemoryPipeline {
  readonly log = new MemoryLog();
  readonly tallyStore = new MemoryPartitionStore();
  readonly journalStore = new MemoryPartitionStore();
  /** Empties the store of the first stage: a lost Redis. */
  readonly loseTallies = this.tallyStore.snapshot();

  /** Each letter is the member of a sale. */
  constructor(members: string) {
    this.add(members);
  }

  add(members: string): void {
    this.log.append(
      Array.from(members).map((memberId) => ({
        topic: 'transactions',
        partition: 0,
        key: memberId,
        value: jsonCodec.encode({ type: 'TransactionRecorded', value: { memberId } } as Typed),
      })),
    );
  }

  /** A process that works on transactions. */
  tally(faults: Faults = {}): Worker {
    return this.#worker('transactions', { logic: tallyLogic, store: this.tallyStore, ...faults });
  }

  /** A process that works on entitlements. */
  journal(faults: Faults = {}): Worker {
    return this.#worker('entitlements', {
      logic: journalLogic,
      store: this.journalStore,
      ...faults,
    });
  }

  /** What the reader of the derived topic holds once it has read all of it. */
  async journalled(faults: Faults = {}): Promise<string> {
    await this.journal(faults).run();
    return (await this.journalStore.load(['journal'])).states[0]?.toString() ?? '';
  }

  #worker(
    topic: TopicName,
    {
      logic,
      store,
      append,
      watermarks,
      limits: changed,
    }: Faults & Required<Pick<Faults, 'logic' | 'store'>>,
  ): Worker {
    const processor = new PartitionProcessor<string>({
      worker: 'test',
      topic,
      partition: 0,
      logic,
      codec: jsonCodec,
      store,
      append: append ?? this.appendHonestly,
      watermarks:
        watermarks ??
        (() => Promise.resolve({ low: this.log.low, high: this.log.records(topic).length })),
      verdictOf: (place) => Promise.resolve(this.log.verdictOf(topic, place)),
      hasRecords: ({ from, to }) =>
        Promise.resolve(
          this.log.records(topic).some(({ offset }) => offset >= from && offset < to),
        ),
      toldCause: () => Promise.resolve(farthestCause(this.log.records(logic.derived).slice(-3))),
      isInLog: ({ topic: of, partition, offset, digest }) => {
        const record = this.log.records(of, partition)[offset];
        return Promise.resolve(record !== undefined && contentDigest(record) === digest);
      },
      toldAcknowledged: () => Promise.resolve(highestTold(this.log.records(logic.derived))),
      lag: { report: () => Promise.resolve(), forget: () => undefined },
      partitionOf: (key) => (key === misplaced ? 1 : 0),
      limits: { ...limits, ...changed },
      metrics,
      log,
    });
    return new Worker({ processor, log: this.log, topic });
  }

  readonly appendHonestly = (chunk: readonly OutputRecord[]): Promise<readonly number[]> =>
    Promise.resolve(this.log.append(chunk));
}

/** A process as the consumer group drives it: acquires, fetches where it stands, acquires after a loss. */
export class Worker {
  readonly processor: PartitionProcessor<string>;
  readonly #log: MemoryLog;
  readonly #topic: TopicName;
  #position: number | undefined;
  /** Why it had to acquire again, in order. */
  readonly losses: string[] = [];

  constructor(of: { processor: PartitionProcessor<string>; log: MemoryLog; topic: TopicName }) {
    this.processor = of.processor;
    this.#log = of.log;
    this.#topic = of.topic;
  }

  /** Works to the end of the log in batches of `size`. A failure is thrown on. */
  async run(size = 1_000): Promise<void> {
    while (await this.step(size));
  }

  /** Works one batch of at most `size` records; false at the end of the log. */
  async step(size: number): Promise<boolean> {
    try {
      this.#position ??= await this.processor.acquire('test');
      const batch = this.#log.batch({ topic: this.#topic, from: this.#position, size });
      if (batch.records.length === 0) return false;
      const outcome = await this.processor.process(batch, () => Promise.resolve());
      if (outcome.type === 'lost') this.losses.push(outcome.reason);
      this.#position = outcome.type === 'done' ? outcome.position : undefined;
      return true;
    } catch (error) {
      this.#position = undefined;
      throw error;
    }
  }
}
