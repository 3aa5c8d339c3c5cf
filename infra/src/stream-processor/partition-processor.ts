import { crashPoint } from '#crash-points';
import { randomUUID } from 'node:crypto';
import { topics, type Typed } from '@semarak/schemas';
import type { SemaphoreInterface } from 'async-mutex';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Halt,
  type InputBatch,
  type InputRecord,
  type PartitionTask,
  type TaskOutcome,
} from '../consumer-group/partition-task.ts';
import { decodePlace, encodePlace, type LogPlace } from '../kafka/log-place.ts';
import { LogUnavailable, type OutputRecord } from '../kafka/output-record.ts';
import type { Log, Metrics } from '../observability/index.ts';
import { UnreadableRecord, valueOf } from '../records/record-codec.ts';
import type { PartitionStore } from '../state-store/partition-store.ts';
import { ackedBelowHeader, causeHeader, farther } from './acknowledged.ts';
import { belongingTo, deadLetter, DeadLetterShare } from './dead-letters.ts';
import { Filter } from './filter.ts';
import {
  holdBatchToLog,
  holdCauseToLog,
  holdToLog,
  holdWrittenToLog,
  lastOf,
  type InputLog,
} from './hold-to-log.ts';
import type { Emission, Logic, RecordPosition } from './logic.ts';
import { StateCache, type Entry } from './state-cache.ts';
import { Written, type WrittenRecord } from './written.ts';

/** How a processor reads and writes records. */
export interface Codec {
  prepare(values: Iterable<Buffer | null>): Promise<void>;
  decode(value: Buffer | null): Typed;
  encode(record: Typed): Buffer;
}

/** What lies around one partition's processor. */
export interface Surroundings<State> {
  /** The consumer group, which dead letters name. */
  readonly worker: string;
  readonly topic: keyof typeof topics;
  readonly partition: number;
  readonly logic: Logic<State>;
  readonly codec: Codec;
  readonly store: PartitionStore;
  /**
   * Appends a chunk; resolves only when every partition of it is acknowledged, with the records’ offsets; undefined: of
   * a record that is not to be looked for.
   */
  readonly append: (chunk: readonly OutputRecord[]) => Promise<readonly (number | undefined)[]>;
  /** First offset still in the log, and the one after its last. */
  readonly watermarks: InputLog['watermarks'];
  /** Whether the input partition has this very record. */
  readonly verdictOf: InputLog['verdictOf'];
  /** Whether the input partition has records for readers in a range. */
  readonly hasRecords: InputLog['hasRecords'];
  /** The farthest cause that the last of this partition’s derived events tell. */
  readonly toldCause: () => Promise<LogPlace | undefined>;
  /** Whether the log has a record that this partition’s owners have written. */
  readonly isInLog: (record: WrittenRecord) => Promise<boolean>;
  /**
   * The highest offset below which a writer of this partition’s derived events said to have seen all
   * of them acknowledged; 0: none says so.
   */
  readonly toldAcknowledged: () => Promise<number>;
  /** Tells the consumer group how far this partition is, for lag alone. */
  readonly lag: {
    /** Resolves when it is told, or will be; what was not acknowledged is told when it is reported again. */
    report(position: number): Promise<void>;
    /** Others may have told the group something else since. */
    forget(): void;
  };
  /** The partition in which a key lies, of the input as of the outputs: all have as many. */
  readonly partitionOf: (key: string) => number;
  /**
   * What the partitions of a process have between reading and commit, in input records; undefined: no bound. Under
   * backlog all would fill the memory with what they wait for; small slices of light load do not meet it.
   */
  readonly recordsInFlight?: Pick<SemaphoreInterface, 'runExclusive'>;
  readonly limits: ProcessorLimits;
  /** Milliseconds pass; a simulation has a time of its own. */
  readonly wait?: (ms: number) => Promise<void>;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface ProcessorLimits {
  /** Input records whose effects are committed together, at most. */
  readonly commitRecordsMax: number;
  /** Records in one produce request, at most. */
  readonly chunkRecordsMax: number;
  readonly produceAttemptsMax: number;
  readonly produceRetryDelayMs: number;
  /** States kept in memory, at most. */
  readonly cachedStatesMax: number;
  /** Bytes that they take in memory, at most. */
  readonly cachedBytesMax: number;
  /** Those of them that are kept decoded: the ones used last. */
  readonly decodedStatesMax: number;
  /** Unreadable records among a thousand before the worker stops. */
  readonly deadLettersPerThousandMax: number;
}

/**
 * Records of a slice that are decoded together, then decided: what is made of them is gone before the
 * next, while it would be moved about by the garbage collector if a whole slice’s stayed.
 */
const partRecordsMax = 250;

/** An input record that could be read. */
interface Readable<State> {
  readonly record: Typed;
  readonly at: RecordPosition;
  readonly input: InputRecord;
  /** Of the states that it needs. */
  readonly names: readonly string[];
  readonly entries: readonly Entry<State>[];
}

interface Slice {
  readonly from: number;
  readonly to: number;
  readonly records: readonly InputRecord[];
}

/**
 * Exactly-once effects of one input partition without Kafka transactions. The README of this package
 * has the argument; the order of the steps in `#advance` is the protocol, and each of them is needed.
 */
export class PartitionProcessor<State> implements PartitionTask {
  readonly #around: Surroundings<State>;
  readonly #cache: StateCache<State>;
  readonly #deadLetterShare: DeadLetterShare;
  readonly #labels: { readonly topic: string; readonly partition: string };
  readonly #origin: Parameters<typeof deadLetter>[2];
  #token = '';
  #position = 0;
  /** The last record below the position; undefined: there is none, or it is not known. */
  #last: LogPlace | undefined;
  /** The farthest record from which events are known to be derived. */
  #cause: LogPlace | undefined;
  #filter = Filter.decode('');
  #written = Written.decode('');
  /** Every event of causes below this offset is acknowledged: a fact that no loss of ours undoes. */
  #ackedBelow = 0;

  constructor(around: Surroundings<State>) {
    this.#around = around;
    const { logic, limits } = around;
    this.#cache = new StateCache(logic, {
      entriesMax: limits.cachedStatesMax,
      bytesMax: limits.cachedBytesMax,
      decodedMax: limits.decodedStatesMax,
    });
    this.#deadLetterShare = new DeadLetterShare(around.limits.deadLettersPerThousandMax);
    const { topic, partition, codec, worker: reader } = around;
    this.#origin = { topic, partition, reader, encode: (record) => codec.encode(record) };
    this.#labels = { topic: around.topic, partition: String(around.partition) };
  }

  async acquire(reason: string): Promise<number> {
    const { store, limits, metrics, log } = this.#around;
    this.#cache.clear();
    this.#token = randomUUID();
    const { position, filter, last: found } = await store.acquire(this.#token);
    crashPoint('processor/acquired');
    const [placeText = '', writtenText = ''] = found.split(' ');
    const last = decodePlace(placeText);
    const written = Written.decode(writtenText);
    // What was acknowledged before a commit that failed is not produced again, and the states rest upon it.
    written.takeFarther(this.#written);
    const { high } = await holdToLog(this.#inputLog, { position, last });
    if (last === undefined && position > 0)
      log.warn(
        { ...this.#labels, position },
        'an older version stored no record: the log is believed',
      );
    this.#position = position;
    this.#last = last;
    this.#written = written;
    this.#filter = Filter.decode(filter);
    this.#ackedBelow = Math.max(this.#ackedBelow, position);
    if (high - this.#ackedBelow > limits.commitRecordsMax) await this.#learnAcknowledged();
    await this.#holdDerived();
    this.#around.lag.forget();
    metrics.acquisitions.inc({ ...this.#labels, reason });
    return position;
  }

  /** What was derived is in the log, and nothing that was derived from what is not. */
  async #holdDerived(): Promise<void> {
    const { toldCause, isInLog, logic, partition } = this.#around;
    await holdWrittenToLog(this.#written.records(), isInLog);
    const cause = await toldCause();
    this.#cause = cause;
    if (cause === undefined || cause.offset < this.#position) return;
    await holdCauseToLog(this.#inputLog, { derived: `${logic.derived}/${partition}`, cause });
  }

  /**
   * So far behind, the states may be lost or old: what is known to be in the log is decided again but
   * not produced again.
   */
  async #learnAcknowledged(): Promise<void> {
    const told = await this.#around.toldAcknowledged();
    // Asked after the tail was read: the log goes on while we look.
    const { high } = await this.#around.watermarks();
    if (told > high)
      throw new Halt(
        `${this.#labels.topic}/${this.#labels.partition} ends at ${high} but events were derived from ` +
          `all up to ${told}: the log has lost records. Restore the topic from a copy.`,
      );
    this.#ackedBelow = Math.max(this.#ackedBelow, told);
  }

  async process(batch: InputBatch, heartbeat: () => Promise<void>): Promise<TaskOutcome> {
    if (batch.from !== this.#position) return lost('the batch begins elsewhere');
    await holdBatchToLog(this.#inputLog, batch, this.#last);
    for (const slice of slicesOf(batch, this.#around.limits.commitRecordsMax)) {
      const outcome = await this.#advanceInTurn(slice);
      if (outcome.type === 'lost') return outcome;
      this.#around.metrics.lag.set(this.#labels, Math.max(0, batch.highWatermark - slice.to));
      await heartbeat();
    }
    await this.#around.lag.report(this.#position);
    crashPoint('processor/reported');
    return { type: 'done', position: this.#position };
  }

  async check(): Promise<TaskOutcome> {
    const { position, token } = await this.#around.store.load([]);
    if (token !== this.#token) return lost('another owner has acquired the partition');
    if (position !== this.#position) return lost('the stored position has changed');
    // After a takeover, or a report that failed, no record may come for long: the group is told all the same.
    await this.#around.lag.report(position);
    return { type: 'done', position };
  }

  get #inputLog(): InputLog {
    const { topic, partition, watermarks, verdictOf, hasRecords } = this.#around;
    return { name: `${topic}/${String(partition)}`, watermarks, verdictOf, hasRecords };
  }

  #advanceInTurn(slice: Slice): Promise<TaskOutcome> {
    const { recordsInFlight } = this.#around;
    if (recordsInFlight === undefined) return this.#advance(slice);
    const records = Math.max(1, slice.records.length);
    return recordsInFlight.runExclusive(() => this.#advance(slice), records);
  }

  /** Load, decide, produce, commit. */
  async #advance(slice: Slice): Promise<TaskOutcome> {
    const { store, metrics } = this.#around;
    const filter = this.#filter.copy();
    const outputs: OutputRecord[] = [];
    for (let start = 0; start === 0 || start < slice.records.length; start += partRecordsMax) {
      const records = slice.records.slice(start, start + partRecordsMax);
      const readable = await this.#read(records, { filter, outputs });
      crashPoint('processor/read');
      const outcome = await this.#load(slice, start === 0 ? 'always' : 'when_absent');
      if (outcome !== undefined) return outcome;
      crashPoint('processor/loaded');
      const endTimer = metrics.batchSeconds.startTimer({ step: 'decide' });
      for (const one of readable) this.#decide(one, outputs);
      endTimer();
    }
    crashPoint('processor/decided');

    let endTimer = metrics.batchSeconds.startTimer({ step: 'produce' });
    const last = lastOf(slice, this.#last);
    this.#cause = farther(this.#cause, last);
    await this.#produce(outputs);
    this.#ackedBelow = Math.max(this.#ackedBelow, slice.to);
    endTimer();
    crashPoint('processor/produced');

    endTimer = metrics.batchSeconds.startTimer({ step: 'commit' });
    const committed = await store.commit({
      from: slice.from,
      to: slice.to,
      token: this.#token,
      filter: filter.encode(),
      last: `${encodePlace(last)} ${this.#written.encode()}`,
      changes: this.#cache.changes(),
    });
    endTimer();
    crashPoint('processor/committed');
    if (committed === 'lost') return lost('the commit met another owner or position');
    this.#cache.settle();
    this.#filter = filter;
    this.#position = slice.to;
    this.#last = last;
    metrics.records.inc(this.#labels, slice.records.length);
    metrics.position.set(this.#labels, slice.to);
    return { type: 'done', position: slice.to };
  }

  /** Loads the states that are not in memory, and checks that the partition is still mine. */
  async #load(slice: Slice, when: 'always' | 'when_absent'): Promise<TaskOutcome | undefined> {
    const { store, metrics } = this.#around;
    const absent = this.#cache.takeAbsent();
    if (when === 'when_absent' && absent.length === 0) return undefined;
    const endTimer = metrics.batchSeconds.startTimer({ step: 'load' });
    const loaded = await store.load(absent.map(({ name }) => name));
    endTimer();
    if (loaded.token !== this.#token) return lost('another owner has acquired the partition');
    if (loaded.position !== slice.from) return lost('the stored position is not the batch’s start');
    absent.forEach((entry, index) => {
      this.#cache.load(entry, loaded.states[index] ?? null);
    });
    return undefined;
  }

  /** Decodes records; what cannot be read becomes a dead letter, what was applied before is dropped. */
  async #read(
    records: readonly InputRecord[],
    into: { filter: Filter; outputs: OutputRecord[] },
  ): Promise<Readable<State>[]> {
    const { codec, logic, metrics, partition, topic } = this.#around;
    await codec.prepare(records.map(({ value }) => value));
    const readable: Readable<State>[] = [];
    for (const input of records) {
      const at = { partition, offset: input.offset };
      try {
        // Logic knows the records of its topic alone; any other would stop the line.
        const record = belongingTo(topic, codec.decode(valueOf(input)));
        this.#checkPlace(record);
        const source = logic.sourceOf(record);
        if (source === undefined || into.filter.admit(source)) {
          const names = logic.statesOf(record, at);
          readable.push({ record, at, input, names, entries: this.#cache.entriesOf(names) });
        } else metrics.filtered.inc(this.#labels);
        this.#deadLetterShare.count('readable');
      } catch (error) {
        this.#putAside(input, error, into.outputs);
      }
    }
    return readable;
  }

  /** Throws UnreadableRecord on a record of another partition: its producer chose it by another key or hash. */
  #checkPlace(record: Typed): void {
    const { logic, partition, partitionOf } = this.#around;
    const key = logic.keyOf?.(record);
    if (key === undefined) return;
    const own = partitionOf(key);
    if (own !== partition)
      throw new UnreadableRecord(
        `stands in partition ${String(partition)}, but the murmur2 of its topic’s key says ${String(own)}`,
      );
  }

  #decide(readable: Readable<State>, outputs: OutputRecord[]): void {
    const { record, at, input, names, entries } = readable;
    let emissions: readonly Emission[];
    try {
      this.#cache.select(entries);
      emissions = this.#around.logic.decide(record, this.#cache, at, names);
    } catch (error) {
      this.#putAside(input, error, outputs);
      return;
    }
    if (at.offset < this.#ackedBelow) return;
    for (const emission of emissions) outputs.push(this.#outputOf(emission));
  }

  /** What cannot be read goes to dead-letters with its origin; any other error goes on. */
  #putAside(input: InputRecord, error: unknown, outputs: OutputRecord[]): void {
    if (!(error instanceof UnreadableRecord)) throw error;
    this.#around.metrics.deadLetters.inc(this.#labels);
    this.#deadLetterShare.count('unreadable');
    if (input.offset >= this.#ackedBelow) outputs.push(deadLetter(input, error, this.#origin));
  }

  #outputOf({ topic, key, partition, record }: Emission): OutputRecord {
    const value = this.#around.codec.encode(record);
    if (partition !== undefined) return { topic, partition, key, value };
    if (topics[topic].key === 'member')
      return { topic, partition: this.#around.partition, key, value };
    if (key === null) throw new Error(`an emission to ${topic} has neither key nor partition`);
    return { topic, partition: this.#around.partitionOf(key), key, value };
  }

  /**
   * One request at a time: the next chunk waits until the last one is acknowledged whole, otherwise
   * the same chunk is sent again. The last record of each that goes to this partition’s own derived
   * events says what its writer knows acknowledged, and what it was derived from.
   */
  async #produce(outputs: readonly OutputRecord[]): Promise<void> {
    const { chunkRecordsMax } = this.#around.limits;
    for (let start = 0; start < outputs.length; start += chunkRecordsMax) {
      const chunk = outputs.slice(start, start + chunkRecordsMax);
      const telling = chunk.findLastIndex((record) => this.#isOwn(record));
      const last = chunk[telling];
      if (last !== undefined)
        chunk[telling] = {
          ...last,
          headers: {
            [ackedBelowHeader]: String(this.#ackedBelow),
            [causeHeader]: encodePlace(this.#cause),
          },
        };
      this.#written.add(chunk, await this.#appendUntilAcknowledged(chunk));
      if (start + chunk.length < outputs.length) crashPoint('processor/between-chunks');
    }
  }

  #isOwn({ topic, partition }: OutputRecord): boolean {
    return topic === this.#around.logic.derived && partition === this.#around.partition;
  }

  async #appendUntilAcknowledged(
    chunk: readonly OutputRecord[],
  ): Promise<readonly (number | undefined)[]> {
    const { append, limits, wait = sleep, log } = this.#around;
    for (let attempt = 1; ; attempt++) {
      try {
        return await append(chunk);
      } catch (error) {
        if (!(error instanceof LogUnavailable) || attempt >= limits.produceAttemptsMax) throw error;
        log.warn(
          { err: error, attempt, ...this.#labels },
          'chunk not acknowledged, sending it again',
        );
        await wait(limits.produceRetryDelayMs * attempt);
      }
    }
  }
}

function lost(reason: string): TaskOutcome {
  return { type: 'lost', reason };
}

/** Up to the batch's end, also when it has no record: the position follows what was read, not what was in it. */
function slicesOf(batch: InputBatch, recordsMax: number): Slice[] {
  const slices: Slice[] = [];
  let from = batch.from;
  for (let start = 0; from < batch.to; start += recordsMax) {
    const records = batch.records.slice(start, start + recordsMax);
    const last = records[records.length - 1];
    const isLast = start + recordsMax >= batch.records.length;
    const to = isLast || last === undefined ? batch.to : last.offset + 1;
    slices.push({ from, to, records });
    from = to;
  }
  return slices;
}
