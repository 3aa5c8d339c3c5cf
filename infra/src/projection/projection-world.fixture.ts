import type { Typed } from '@semarak/schemas';
import { ClickHouseUnavailable } from '../clickhouse/errors.ts';
import { insertExactly, type ExactBlock } from '../clickhouse/exact-insert.ts';
import { int64, uint16 } from '../clickhouse/row-binary.ts';
import { defineTable } from '../clickhouse/table.ts';
import { StaleGeneration, type Offsets } from '../consumer-group/offsets.ts';
import type { InputBatch } from '../consumer-group/partition-task.ts';
import { placeOf, type LogPlace, type PlaceVerdict } from '../kafka/log-place.ts';
import type { OutputRecord } from '../kafka/output-record.ts';
import { createLog, createMetrics } from '../observability/index.ts';
import { UnreadableRecord } from '../records/record-codec.ts';
import type { Projection } from './projection.ts';
import { ProjectionTask, type Surroundings } from './projection-task.ts';
import { SharedInserts } from './shared-inserts.ts';

/** The process ends here. */
export class Crash extends Error {}

/** What happens to an insert; `token_only`: ClickHouse is killed between logging and renaming. */
export type InsertFate = 'works' | 'lost' | 'unanswered' | 'token_only';
/** `dropped`: resolves although nothing was sent, as kafkajs can. */
export type CommitFate = 'works' | 'dropped';

export interface Faults {
  /** Called between every two steps; may throw Crash, or let others work meanwhile. */
  readonly step?: () => void | Promise<void>;
  readonly inserts?: InsertFate[];
  readonly commits?: CommitFate[];
  /** Leaves out a rule, to see that it is needed. */
  readonly without?: 'read_back' | 'generation';
}

const metrics = createMetrics({ service: 'test' });
const log = createLog({ service: 'test', level: 'silent' });
const places = { partitionBytes: 2, offsetBytes: 8, ordinalBytes: 2 };
const placeBytes = places.partitionBytes + places.offsetBytes + places.ordinalBytes;

const source = { source_partition: uint16, source_offset: int64, ordinal: uint16 };

/** Two tables, one of them in monthly partitions; events are JSON whose types need not be whole. */
interface Event {
  readonly sourcePartition: number;
  readonly sourceOffset: number;
  readonly ordinal: number;
  readonly month: number;
}

const projection: Projection = {
  tables: {
    postings: defineTable('postings', { month: int64, ...source }),
    parking: defineTable('parking', source),
  },
  sourceOf(record) {
    const { sourcePartition, sourceOffset, ordinal } = record.value as unknown as Event;
    return { topic: 'transactions', partition: sourcePartition, offset: sourceOffset, ordinal };
  },
  factsOf(record) {
    const { sourcePartition, sourceOffset, ordinal, month } = record.value as unknown as Event;
    const row = { source_partition: sourcePartition, source_offset: sourceOffset, ordinal };
    return [
      record.type === 'TransactionPosted'
        ? { table: 'postings', tablePartition: String(month), row: { month, ...row } as typeof row }
        : { table: 'parking', tablePartition: 'all', row },
    ];
  },
};

/** Kafka, ClickHouse and nothing else: what survives a crash of the projector. */
export class World {
  readonly log: Buffer[] = [];
  readonly deadLetters: OutputRecord[] = [];
  /** Rows by table and table partition. */
  readonly rows = new Map<string, Buffer[]>();
  readonly tokens = new Set<string>();
  database = 'first';
  low = 0;
  committed: { offset: number | undefined; metadata: string } = { offset: undefined, metadata: '' };
  generation = 0;
  /** Of the leader of the log, with each record. */
  epoch = 0;
  readonly #epochs = new WeakMap<Buffer, number>();

  append(...records: (Typed | 'unreadable')[]): void {
    for (const record of records) {
      const value = Buffer.from(record === 'unreadable' ? record : JSON.stringify(record));
      this.#epochs.set(value, this.epoch);
      this.log.push(value);
    }
  }

  fetch(from: number, recordsMax: number): InputBatch {
    const values = this.log.slice(from, from + recordsMax);
    return {
      from,
      records: values.map((value, index) => ({
        ...{ offset: from + index, key: null, value },
        writtenIn: { leaderEpoch: this.#epochs.get(value) ?? 0, timestamp: 0 },
      })),
      to: from + values.length,
      highWatermark: this.log.length,
    };
  }

  /** Whether the log has the record of this place. */
  verdictOf({ offset, digest }: LogPlace): PlaceVerdict {
    const [record] = this.fetch(offset, 1).records;
    const stands = record !== undefined && placeOf(record).digest === digest;
    return stands ? { type: 'stands' } : { type: 'lost', from: offset };
  }

  /** What the database has, as text that can be compared. */
  contents(): string[] {
    const prefix = `${this.database}.`;
    return [...this.rows]
      .filter(([name]) => name.startsWith(prefix))
      .flatMap(([name, rows]) =>
        rows.map((row) => `${name.slice(prefix.length)} ${row.toString('hex')}`),
      )
      .sort();
  }

  /** The same log and ClickHouse, where another group fills this database. */
  withAnotherGroup(database: string): World {
    const { log, rows, tokens } = this;
    return Object.assign(new World(), { log, rows, tokens, database });
  }

  insert(block: ExactBlock, { token, fate }: { token: string; fate: InsertFate }): void {
    if (fate === 'lost') throw new ClickHouseUnavailable('no answer');
    const name = `${block.table} ${token}`;
    if (!this.tokens.has(name)) {
      this.tokens.add(name);
      if (fate !== 'token_only') this.#table(block).push(...rowsOf(block));
    }
    if (fate !== 'works') throw new ClickHouseUnavailable('no answer');
  }

  count(block: ExactBlock): number {
    return this.#table(block).filter((row) =>
      block.sources.some(({ partition, first, last }) => {
        const at = row.length - placeBytes;
        const order =
          Number(row.readBigInt64LE(at + places.partitionBytes)) * 1_000 +
          row.readUInt16LE(at + places.partitionBytes + places.offsetBytes);
        return (
          row.readUInt16LE(at) === partition &&
          order >= first.offset * 1_000 + first.ordinal &&
          order <= last.offset * 1_000 + last.ordinal
        );
      }),
    ).length;
  }

  #table({ table, tablePartition }: ExactBlock): Buffer[] {
    const name = `${table}/${tablePartition}`;
    const rows = this.rows.get(name) ?? [];
    this.rows.set(name, rows);
    return rows;
  }
}

/** The rows of these tests are all of one length in a block. */
function rowsOf({ body, rows }: ExactBlock): Buffer[] {
  const bytes = body.length / rows;
  return Array.from({ length: rows }, (_, index) =>
    body.subarray(index * bytes, (index + 1) * bytes),
  );
}

/** A process with the partition assigned to it, in a generation of its own. */
export function taskIn(world: World, faults: Faults = {}, change: Partial<Surroundings> = {}) {
  const step = faults.step ?? (() => undefined);
  const generation = ++world.generation;
  const limits = { attemptsMax: 2, retryDelayMs: 0, retryDelayMsMax: 0, tokensMax: 60 };
  let echo: { offset: number; metadata: string } | undefined;
  const offsets: Offsets = {
    async read() {
      await step();
      return echo !== undefined && faults.without === 'read_back' ? echo : world.committed;
    },
    async commit({ offset, metadata = '' }) {
      await step();
      if (generation !== world.generation && faults.without !== 'generation')
        throw new StaleGeneration('another process has the partition');
      echo = { offset, metadata };
      if ((faults.commits?.shift() ?? 'works') === 'works') world.committed = { offset, metadata };
      await step();
    },
  };
  const transport = {
    // Its tables are all of those that are told by tokens.
    async insert(sent: ExactBlock, token = sent.token) {
      await step();
      world.insert(sent, { token, fate: faults.inserts?.shift() ?? 'works' });
      await step();
    },
    async count(sent: ExactBlock) {
      await step();
      return world.count(sent);
    },
  };
  const inserts = new SharedInserts({
    insert: (blocks) => insertExactly(transport, blocks, limits),
    recordsMax: 1,
  });
  return new ProjectionTask({
    worker: 'projector',
    topic: 'loyalty-events',
    partition: 0,
    projection,
    codec: {
      prepare: () => Promise.resolve(),
      decode(value) {
        const text = String(value);
        if (!text.startsWith('{')) throw new UnreadableRecord('no record');
        return JSON.parse(text) as Typed;
      },
      encode: (record) => Buffer.from(JSON.stringify(record)),
    },
    offsets,
    warehouse: {
      database: () => Promise.resolve({ name: world.database, id: world.database }),
      lastSeen: () => world.database,
    },
    inserts,
    handedOver: () => Promise.resolve({ offset: undefined, metadata: '' }),
    async append(records) {
      await step();
      world.deadLetters.push(...records);
      await step();
    },
    deadLetterShare: { count: () => undefined },
    watermarks: () => Promise.resolve({ low: world.low, high: world.log.length }),
    verdictOf: (place) => Promise.resolve(world.verdictOf(place)),
    hasRecords: ({ from, to }) => Promise.resolve(world.fetch(from, to - from).records.length > 0),
    limits: { rangeRecordsMax: 7 },
    pace: { begin: () => ({ end: () => undefined, over: () => Promise.resolve() }) },
    metrics,
    log,
    ...change,
  });
}

/** Works like a consumer until the end of the log, with fetches of these sizes in turn. */
export async function runToEnd(
  world: World,
  task: ProjectionTask,
  fetchSizes: readonly number[],
): Promise<void> {
  let position = await task.acquire('assigned');
  for (let turn = 0; position < world.log.length; turn++) {
    const size = fetchSizes[turn % fetchSizes.length] ?? 1;
    const outcome = await task.process(world.fetch(position, size), () => Promise.resolve());
    position = outcome.type === 'done' ? outcome.position : await task.acquire(outcome.reason);
    if (turn > 10_000) throw new Error('the task does not get to the end');
  }
}

/** The events of one cause: a posting, a change of an older month’s sale, a parking grant. */
export function eventsOf(cause: number): Typed[] {
  const event = (type: Typed['type'], value: Pick<Event, 'ordinal' | 'month'>) =>
    ({ type, value: { sourcePartition: 0, sourceOffset: cause, ...value } }) as unknown as Typed;
  const events = [event('TransactionPosted', { ordinal: 0, month: 201412 })];
  if (cause % 3 === 0) events.push(event('TransactionPosted', { ordinal: 1, month: 201411 }));
  if (cause % 2 === 0) events.push(event('ParkingGranted', { ordinal: 2, month: 201412 }));
  return events;
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index);

/** A log with repeats, as accrual writes it after crashes: the same events, in order, once more. */
export function worldWithRepeats(): World {
  const world = new World();
  world.append(...range(0, 8).flatMap(eventsOf), 'unreadable');
  world.append(...range(5, 12).flatMap(eventsOf));
  world.append(...range(11, 14).flatMap(eventsOf), 'unreadable');
  return world;
}

/** What ClickHouse must have at the end of that log. */
export async function expectedContents(): Promise<string[]> {
  const world = new World();
  world.append(...range(0, 14).flatMap(eventsOf));
  await runToEnd(world, taskIn(world), [1]);
  return world.contents();
}

/** Crashes at the given step, counted over all calls. */
export function crashingAt(crashStep: number) {
  let steps = 0;
  return {
    step: () => {
      if (steps++ === crashStep) throw new Crash();
    },
    count: () => steps,
  };
}

/** Runs processes one after the other; all but the last end in a crash or give up. */
export async function processes(
  world: World,
  runs: readonly { faults: Faults; fetchSizes: readonly number[] }[],
): Promise<void> {
  for (const { faults, fetchSizes } of runs) {
    try {
      await runToEnd(world, taskIn(world, faults), fetchSizes);
    } catch (error) {
      if (error instanceof Crash) continue;
      if ((error as { code?: string }).code !== 'clickhouse_unavailable') throw error;
    }
  }
  const last: Faults =
    runs[0]?.faults.without === undefined ? {} : { without: runs[0].faults.without };
  await runToEnd(world, taskIn(world, last), [3]);
}
