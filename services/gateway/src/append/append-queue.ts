import { LogUnavailable, type OutputRecord, type RecordProducer } from '@semarak/infra/kafka';

export interface AppendLimits {
  /** Records waiting for Kafka or on their way, all together. */
  readonly queueRecordsMax: number;
  /** Records in one append. */
  readonly appendRecordsMax: number;
  /** Their keys and values in one append; a single record may be larger. */
  readonly appendBytesMax: number;
  /** Appends in flight at once. */
  readonly lanes: number;
  /** How long a lane with nothing in flight waits for more, milliseconds. */
  readonly lingerMs: number;
  /** How long the caller waits at most, milliseconds. */
  readonly waitMsMax: number;
}

/** What one call of `append` is waiting for. */
interface Ticket {
  left: number;
  settled: boolean;
  /** On the clock of `performance`, milliseconds. */
  readonly deadline: number;
  readonly offsets: Map<OutputRecord, number>;
  readonly resolve: (offsets: ReadonlyMap<OutputRecord, number>) => void;
  readonly reject: (error: LogUnavailable) => void;
}

/** Records of one call for one lane; those before `next` are sent. */
interface Segment {
  readonly records: readonly OutputRecord[];
  next: number;
  readonly ticket: Ticket;
}

/**
 * Gathers the records of concurrent requests into appends. A partition belongs to one lane, and a
 * lane has one append in flight: records of a partition reach the log in the order of the calls, also
 * when Kafka's answer to one is late. A call resolves with the offset of each once every record of it is acknowledged;
 * otherwise it throws LogUnavailable, and then any part of them may be in the log.
 */
export class AppendQueue {
  readonly #lanes: readonly Lane[];
  readonly #limits: AppendLimits;
  /** In the order of their deadlines, which all lie as far ahead. */
  readonly #waiting = new Set<Ticket>();
  #watch: NodeJS.Timeout | undefined;
  #queued = 0;
  #closed = false;

  constructor(options: { producer: Pick<RecordProducer, 'append'>; limits: AppendLimits }) {
    this.#limits = options.limits;
    const release = (records: number) => {
      this.#queued -= records;
    };
    const settle = (ticket: Ticket, error?: LogUnavailable) => this.#settle(ticket, error);
    this.#lanes = Array.from(
      { length: options.limits.lanes },
      () => new Lane({ ...options, release, settle }),
    );
  }

  /** Records that are waiting or on their way. */
  get length(): number {
    return this.#queued;
  }

  /** Why records would not be taken now, as a sentence; undefined when they would. */
  problem(): string | undefined {
    if (this.#lanes.some((lane) => lane.stalledMs() > this.#limits.waitMsMax))
      return `Kafka has not answered for more than ${this.#limits.waitMsMax} ms.`;
    if (this.#lanes.some((lane) => lane.failed)) return 'Kafka refused the last append.';
    return undefined;
  }

  append(records: readonly OutputRecord[]): Promise<ReadonlyMap<OutputRecord, number>> {
    if (records.length === 0) return Promise.resolve(new Map());
    const refusal = this.#refusal(records.length);
    if (refusal !== undefined) return Promise.reject(new LogUnavailable(refusal));
    this.#queued += records.length;
    return new Promise((resolve, reject) => {
      const ticket: Ticket = {
        left: records.length,
        settled: false,
        offsets: new Map(),
        deadline: performance.now() + this.#limits.waitMsMax,
        resolve,
        reject,
      };
      this.#waiting.add(ticket);
      if (this.#watch === undefined) this.#watchFor(this.#limits.waitMsMax);
      this.#pushToLanes(records, ticket);
    });
  }

  /** Takes nothing more, and resolves when all that was taken is acknowledged or given up. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#lanes.map((lane) => lane.idle()));
  }

  #refusal(records: number): string | undefined {
    if (this.#closed) return 'The gateway is stopping';
    if (this.#queued + records > this.#limits.queueRecordsMax)
      return 'Too many records are waiting for Kafka';
    if (this.#lanes.some((lane) => lane.stalledMs() > this.#limits.waitMsMax))
      return 'Kafka does not answer';
    return undefined;
  }

  #pushToLanes(records: readonly OutputRecord[], ticket: Ticket): void {
    const [only] = records;
    if (records.length === 1 && only !== undefined) {
      this.#laneOf(only).push({ records, next: 0, ticket });
      return;
    }
    const byLane = new Map<Lane, OutputRecord[]>();
    for (const record of records) {
      const lane = this.#laneOf(record);
      const own = byLane.get(lane);
      if (own === undefined) byLane.set(lane, [record]);
      else own.push(record);
    }
    for (const [lane, own] of byLane) lane.push({ records: own, next: 0, ticket });
  }

  #laneOf({ partition }: OutputRecord): Lane {
    const lane = this.#lanes[partition % this.#lanes.length];
    if (lane === undefined) throw new Error(`partition ${partition} has no lane`);
    return lane;
  }

  #settle(ticket: Ticket, error: LogUnavailable | undefined): void {
    if (ticket.settled) return;
    ticket.settled = true;
    this.#waiting.delete(ticket);
    if (error === undefined) ticket.resolve(ticket.offsets);
    else ticket.reject(error);
  }

  #watchFor(ms: number): void {
    this.#watch = setTimeout(() => this.#giveUp(), ms);
  }

  /** Sends home who has waited too long, and looks again when the next would have. */
  #giveUp(): void {
    this.#watch = undefined;
    const now = performance.now();
    for (const ticket of this.#waiting) {
      if (ticket.deadline > now) {
        this.#watchFor(Math.ceil(ticket.deadline - now));
        return;
      }
      this.#settle(ticket, new LogUnavailable('Kafka did not acknowledge the records in time'));
    }
  }
}

type Settle = (ticket: Ticket, error?: LogUnavailable) => void;

/** Records of one append, and whose they are: each part follows on the one before. */
interface Taken {
  readonly records: OutputRecord[];
  readonly parts: { readonly ticket: Ticket; readonly records: number }[];
}

function tellOffsets({ records, parts }: Taken, offsets: readonly number[]): void {
  let at = 0;
  for (const { ticket, records: count } of parts)
    for (const end = at + count; at < end; at++) {
      const [record, offset] = [records[at], offsets[at]];
      if (record !== undefined && offset !== undefined) ticket.offsets.set(record, offset);
    }
}

class Lane {
  readonly #producer: Pick<RecordProducer, 'append'>;
  readonly #limits: AppendLimits;
  readonly #release: (records: number) => void;
  readonly #settle: Settle;
  #segments: Segment[] = [];
  #lingering: NodeJS.Timeout | undefined;
  #inFlightSince: number | undefined;
  #whenIdle: (() => void)[] = [];
  failed = false;

  constructor(options: {
    producer: Pick<RecordProducer, 'append'>;
    limits: AppendLimits;
    release: (records: number) => void;
    settle: Settle;
  }) {
    this.#producer = options.producer;
    this.#limits = options.limits;
    this.#release = options.release;
    this.#settle = options.settle;
  }

  /** How long the append in flight has been waiting; 0 without one. */
  stalledMs(): number {
    return this.#inFlightSince === undefined ? 0 : performance.now() - this.#inFlightSince;
  }

  push(segment: Segment): void {
    this.#segments.push(segment);
    if (this.#inFlightSince !== undefined) return;
    if (segment.records.length >= this.#limits.appendRecordsMax) this.#start();
    else this.#lingering ??= setTimeout(() => this.#start(), this.#limits.lingerMs);
  }

  idle(): Promise<void> {
    if (this.#segments.length === 0 && this.#inFlightSince === undefined) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #start(): void {
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    if (this.#inFlightSince === undefined) void this.#run();
  }

  /** Sends what is there, append by append, until nothing is left. */
  async #run(): Promise<void> {
    for (;;) {
      const taken = this.#take();
      if (taken.records.length === 0) break;
      this.#inFlightSince = performance.now();
      let error: LogUnavailable | undefined;
      try {
        tellOffsets(taken, await this.#producer.append(taken.records));
      } catch (cause) {
        error = new LogUnavailable('Kafka did not acknowledge the records', { cause });
      }
      this.#inFlightSince = undefined;
      this.failed = error !== undefined;
      this.#release(taken.records.length);
      for (const { ticket, records } of taken.parts) {
        ticket.left -= records;
        if (error !== undefined || ticket.left === 0) this.#settle(ticket, error);
      }
    }
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** The next append, in order; what nobody waits for any more is left out. */
  #take(): Taken {
    const { appendRecordsMax, appendBytesMax } = this.#limits;
    const records: OutputRecord[] = [];
    const parts: { ticket: Ticket; records: number }[] = [];
    let bytes = 0;
    let done = 0;
    for (const segment of this.#segments) {
      const from = segment.next;
      if (segment.ticket.settled) this.#release(segment.records.length - from);
      else {
        for (; records.length < appendRecordsMax; segment.next++) {
          const record = segment.records[segment.next];
          if (record === undefined) break;
          bytes += record.value.length + (record.key?.length ?? 0);
          if (bytes > appendBytesMax && records.length > 0) break;
          records.push(record);
        }
        if (segment.next > from)
          parts.push({ ticket: segment.ticket, records: segment.next - from });
        if (segment.next < segment.records.length) break;
      }
      done++;
    }
    this.#segments.splice(0, done);
    return { records, parts };
  }
}
