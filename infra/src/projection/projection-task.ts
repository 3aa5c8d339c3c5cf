import { crashPoint } from '#crash-points';
import type { TopicName, Typed } from '@semarak/schemas';
import { StaleGeneration, type Offsets } from '../consumer-group/offsets.ts';
import {
  type InputBatch,
  type InputRecord,
  type PartitionTask,
  type TaskOutcome,
} from '../consumer-group/partition-task.ts';
import { isSamePlace, type LogPlace } from '../kafka/log-place.ts';
import type { OutputRecord } from '../kafka/output-record.ts';
import type { Log, Metrics } from '../observability/index.ts';
import { UnreadableRecord, valueOf } from '../records/record-codec.ts';
import { belongingTo, deadLetter, Filter, type Codec } from '../stream-processor/index.ts';
import {
  holdBatchToLog,
  holdToLog,
  lastOf,
  type InputLog,
} from '../stream-processor/hold-to-log.ts';
import { Blocks } from './blocks.ts';
import { encodeBookmark, type Bookmark, type OpenRange } from './bookmark.ts';
import type { Projection } from './projection.ts';
import { resume, type Database, type HandedOver, type Start } from './resumption.ts';
import type { Pace, Standing } from './rounds.ts';
import type { Participant, SharedInserts } from './shared-inserts.ts';

/** What lies around one partition's projection. */
export interface Surroundings {
  readonly topic: TopicName;
  readonly partition: number;
  readonly projection: Projection;
  readonly codec: Codec;
  readonly offsets: Offsets;
  readonly warehouse: Warehouse;
  /** The consumer group, which dead letters name. */
  readonly worker: string;
  readonly handedOver: HandedOver;
  /** Appends dead letters; resolves only when every partition is acknowledged. */
  readonly append: (records: readonly OutputRecord[]) => Promise<void>;
  /** Counts a record; throws Halt when too many cannot be read. */
  readonly deadLetterShare: { count(kind: 'readable' | 'unreadable'): void };
  /** First offset still in the log, and the one after its last. */
  readonly watermarks: InputLog['watermarks'];
  /** Whether the input partition has this very record. */
  readonly verdictOf: InputLog['verdictOf'];
  /** Whether the input partition has records for readers in a range. */
  readonly hasRecords: InputLog['hasRecords'];
  readonly limits: ProjectionLimits;
  /** Of all partitions whose batches are fetched together. */
  readonly pace: Pace;
  /** Of all partitions whose rows go into this warehouse from here. */
  readonly inserts: SharedInserts;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface ProjectionLimits {
  /** Input records whose rows are inserted together, at most. */
  readonly rangeRecordsMax: number;
}

/** ClickHouse as the projection sees it. */
export interface Warehouse {
  /** The database that is to have the rows. */
  database(): Promise<Database>;
  /** The id of that database, as last heard of a short time ago; undefined when nothing was heard. */
  lastSeen(): string | undefined;
}

interface Slice {
  readonly from: number;
  readonly to: number;
  readonly records: readonly InputRecord[];
  /** The insert in which its rows may have been sent before. */
  readonly earlier: string | undefined;
}

/**
 * Exactly-once rows of one input partition. The offset that the group commits carries a bookmark: while
 * an insert is open it names the whole range and the insert, so that whoever comes next reads the identical range and
 * inserts the identical blocks under the same tokens. The order of the steps in `#project` is the
 * protocol (design.md, "ClickHouse is exact too"), and each of them is needed.
 */
export class ProjectionTask implements PartitionTask {
  readonly #around: Surroundings;
  readonly #labels: { readonly topic: string; readonly partition: string };
  /** Everything below is in ClickHouse; undefined until acquired. */
  #position: number | undefined;
  #bookmark: Bookmark = {
    database: '',
    last: undefined,
    open: undefined,
    filter: Filter.decode(''),
  };
  /** Rows go to the database that was found at the acquisition, even when it is no longer the one. */
  #database = '';
  /** `told`: committed, which kafkajs can resolve without having sent it, and not read back yet. */
  #inGroup: Start['inGroup'] | 'told' = 'kept';
  /** Records of the open range read so far: it can take several fetches. */
  #collected: InputRecord[] = [];
  #next = 0;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#labels = { topic: around.topic, partition: String(around.partition) };
  }

  async acquire(reason: string): Promise<number> {
    const { offsets, warehouse, metrics, log } = this.#around;
    this.#position = undefined;
    this.#collected = [];
    const database = await warehouse.database();
    const { position, bookmark, inGroup } = await resume(await offsets.read(), {
      database,
      ...this.#around,
    });
    crashPoint('projection/acquired');
    // Rows of an open range may be there: the log must have it as it was.
    const { to: end, last } = bookmark.open ?? { to: position, last: bookmark.last };
    if (bookmark.open !== undefined)
      await holdToLog(this.#inputLog, { position, last: bookmark.last });
    await holdToLog(this.#inputLog, { position: end, last });
    if (last === undefined && end > 0)
      log.warn(
        { ...this.#labels, position },
        'an older version kept no record: the log is believed',
      );
    if (bookmark.open !== undefined)
      log.info({ ...this.#labels, from: position, ...bookmark.open }, 'an insert was interrupted');
    this.#position = this.#next = position;
    this.#bookmark = bookmark;
    this.#database = database.name;
    this.#inGroup = inGroup;
    metrics.acquisitions.inc({ ...this.#labels, reason });
    return position;
  }

  async process(batch: InputBatch, heartbeat: () => Promise<void>): Promise<TaskOutcome> {
    if (this.#position === undefined) return lost('the partition is not acquired');
    if (batch.from !== this.#next) return lost('the batch begins elsewhere');
    if (this.#isElsewhere()) return lost('the rows are to be in another database');
    const collected = { from: this.#position, records: this.#collected };
    await holdBatchToLog(this.#inputLog, batch, this.#lastOf(collected));
    const turn = this.#around.pace.begin();
    const participant = this.#around.inserts.join();
    let standing: Standing = 'behind';
    try {
      for (const slice of this.#slicesOf(batch)) {
        const outcome = await this.#project(slice, participant);
        if (outcome.type === 'lost') return outcome;
        this.#around.metrics.lag.set(this.#labels, Math.max(0, batch.highWatermark - slice.to));
        await heartbeat();
      }
      if (batch.to >= batch.highWatermark) standing = 'caught_up';
    } finally {
      participant.leave();
      turn.end(standing);
    }
    this.#next = batch.to;
    await turn.over();
    return { type: 'done', position: batch.to };
  }

  /**
   * Every insert is fenced by reading the bookmark back, so an idle partition has nothing to lose. A
   * bookmark that the group does not have yet is told to it here when no records come.
   */
  async check(): Promise<TaskOutcome> {
    if (this.#position === undefined) return lost('the partition is not acquired');
    if (this.#isElsewhere()) return lost('the rows are to be in another database');
    await this.#tellGroup(this.#position);
    return { type: 'done', position: this.#next };
  }

  #isElsewhere(): boolean {
    const seen = this.#around.warehouse.lastSeen();
    return seen !== undefined && seen !== this.#bookmark.database;
  }

  /**
   * Until the group has a bookmark that was handed over, whoever handed it over must keep it; and who sees the lag
   * alone must see none when no records come. That it cannot be told now changes nothing: the next insert is preceded
   * by a bookmark of the group's own.
   */
  async #tellGroup(offset: number): Promise<void> {
    if (this.#inGroup === 'kept') return;
    const metadata = encodeBookmark(this.#bookmark);
    if (await this.#isInGroup(offset, metadata)) return;
    const told = await this.#commit({ offset, metadata });
    if (told.type === 'done') await this.#isInGroup(offset, metadata);
  }

  async #isInGroup(offset: number, metadata: string): Promise<boolean> {
    const found = await this.#around.offsets.read();
    const isThere = found.offset === offset && found.metadata === metadata;
    if (isThere) this.#inGroup = 'kept';
    return isThere;
  }

  get #inputLog(): InputLog {
    const { topic, partition, watermarks, verdictOf, hasRecords } = this.#around;
    return { name: `${topic}/${partition}`, watermarks, verdictOf, hasRecords };
  }

  /** An open range is one slice, whole, whatever fetches it came in; the rest is cut by size. */
  #slicesOf(batch: InputBatch): Slice[] {
    const { open } = this.#bookmark;
    if (open === undefined) return this.#newSlices(batch);
    this.#collected.push(...batch.records.filter((record) => record.offset < open.to));
    if (batch.to < open.to) return [];
    const openSlice: Slice = {
      from: this.#position ?? batch.from,
      to: open.to,
      records: this.#collected,
      earlier: open.insert,
    };
    this.#collected = [];
    const records = batch.records.filter((record) => record.offset >= open.to);
    return [openSlice, ...this.#newSlices({ from: open.to, records, to: batch.to })];
  }

  #newSlices(batch: Pick<InputBatch, 'from' | 'records' | 'to'>): Slice[] {
    const { rangeRecordsMax } = this.#around.limits;
    const slices: Slice[] = [];
    let from = batch.from;
    for (let start = 0; from < batch.to; start += rangeRecordsMax) {
      const records = batch.records.slice(start, start + rangeRecordsMax);
      const last = records.at(-1);
      const isLast = start + rangeRecordsMax >= batch.records.length;
      const to = isLast || last === undefined ? batch.to : last.offset + 1;
      slices.push({ from, to, records, earlier: undefined });
      from = to;
    }
    return slices;
  }

  /** Bookmark with the range, read back, insert, bookmark without it. */
  async #project(slice: Slice, participant: Participant): Promise<TaskOutcome> {
    const { metrics } = this.#around;
    const expected = slice.earlier === undefined ? undefined : this.#bookmark.open?.last;
    const found = this.#lastOf(slice);
    if (expected !== undefined && (found === undefined || !isSamePlace(expected, found)))
      return lost('the log has another record at the end of an open range');
    const filter = this.#bookmark.filter.copy();
    let endTimer = metrics.batchSeconds.startTimer({ step: 'read' });
    const facts = await this.#read(slice, filter);
    endTimer();
    crashPoint('projection/read');

    if (!facts.isEmpty) {
      const inserted = await this.#insert(slice, facts, participant);
      if (inserted.type === 'lost') return inserted;
      crashPoint('projection/inserted');
    }

    endTimer = metrics.batchSeconds.startTimer({ step: 'close' });
    const bookmark = { ...this.#bookmark, open: undefined, last: found, filter };
    const closed = await this.#commit({ offset: slice.to, metadata: encodeBookmark(bookmark) });
    endTimer();
    if (closed.type === 'lost') return closed;
    crashPoint('projection/closed');
    this.#inGroup = 'told';
    this.#bookmark = bookmark;
    this.#position = slice.to;
    metrics.records.inc(this.#labels, slice.records.length);
    metrics.position.set(this.#labels, slice.to);
    return closed;
  }

  /** The last record below the end of what follows on the position. */
  #lastOf(range: Pick<Slice, 'from' | 'records'>): LogPlace | undefined {
    return lastOf(range, this.#bookmark.last);
  }

  #insert(slice: Slice, facts: Blocks, participant: Participant): Promise<TaskOutcome> {
    const { topic, partition, metrics } = this.#around;
    const { from, to, records, earlier } = slice;
    let endInserting: (() => void) | undefined;
    return participant
      .insert({
        records: records.length,
        earlier,
        open: async (insert) => {
          const endOpening = metrics.batchSeconds.startTimer({ step: 'open' });
          const opened = await this.#open(from, { to, last: this.#lastOf(slice), insert });
          endOpening();
          if (opened.type === 'done') crashPoint('projection/opened');
          endInserting = metrics.batchSeconds.startTimer({ step: 'insert' });
          return opened;
        },
        blocks: (insert) =>
          facts.finish({
            database: this.#database,
            range: { topic, partition, from, to },
            insert,
            history: earlier === undefined ? 'new' : 'in_doubt',
          }),
      })
      .finally(() => endInserting?.());
  }

  /**
   * Says which range is about to be inserted. kafkajs can resolve a commit that it did not send, so
   * nothing is inserted before Kafka itself has given it back.
   */
  async #open(from: number, open: OpenRange): Promise<TaskOutcome> {
    this.#bookmark = { ...this.#bookmark, open };
    const metadata = encodeBookmark(this.#bookmark);
    const committed = await this.#commit({ offset: from, metadata });
    if (committed.type === 'lost') return committed;
    crashPoint('projection/open-committed');
    const found = await this.#around.offsets.read();
    return found.offset === from && found.metadata === metadata
      ? committed
      : lost('the group has another bookmark');
  }

  async #commit(at: { offset: number; metadata: string }): Promise<TaskOutcome> {
    try {
      await this.#around.offsets.commit(at);
      return { type: 'done', position: at.offset };
    } catch (error) {
      if (error instanceof StaleGeneration) return lost(error.message);
      throw error;
    }
  }

  /** The facts of a slice without repeats; what cannot be read is put aside before the position moves. */
  async #read(slice: Slice, filter: Filter): Promise<Blocks> {
    const { codec, topic, partition, projection, deadLetterShare, metrics, append } = this.#around;
    const reader = this.#around.worker;
    const encode = (letter: Typed): Buffer => codec.encode(letter);
    await codec.prepare(slice.records.map((record) => record.value));
    const facts = new Blocks(projection.tables);
    const deadLetters: OutputRecord[] = [];
    for (const input of slice.records) {
      try {
        const at = { partition, offset: input.offset };
        if (input.value === null && projection.removalFactsOf !== undefined) {
          for (const fact of projection.removalFactsOf(input.key, at)) facts.add(fact);
          deadLetterShare.count('readable');
          continue;
        }
        const record = belongingTo(topic, codec.decode(valueOf(input)));
        const source = projection.sourceOf(record);
        if (source === undefined || filter.admit(source)) {
          for (const fact of projection.factsOf(record, at)) facts.add(fact);
        } else metrics.filtered.inc(this.#labels);
        deadLetterShare.count('readable');
      } catch (error) {
        if (!(error instanceof UnreadableRecord)) throw error;
        deadLetterShare.count('unreadable');
        deadLetters.push(deadLetter(input, error, { topic, partition, reader, encode }));
      }
    }
    if (deadLetters.length > 0) await append(deadLetters);
    metrics.deadLetters.inc(this.#labels, deadLetters.length);
    return facts;
  }
}

function lost(reason: string): TaskOutcome {
  return { type: 'lost', reason };
}
