import { LogUnavailable, type OutputRecord, type RecordProducer } from '@semarak/infra/kafka';

export interface AppendLimits {
  /** Records waiting for Kafka or on their way, all together. */
  readonly queueRecordsMax: number;
  /** Records in one append. */
  readonly appendRecordsMax: number;
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
  readonly settle: (error?: LogUnavailable) => void;
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
 * when Kafka's answer to one is late. A call resolves once every record of it is acknowledged;
 * otherwise it throws LogUnavailable, and then any part of them may be in the log.
 */
export class AppendQueue {
  readonly #lanes: readonly Lane[];
  readonly #limits: AppendLimits;
  #queued = 0;
  #closed = false;

  constructor(options: { producer: Pick<RecordProducer, 'append'>; limits: AppendLimits }) {
    this.#limits = options.limits;
    const release = (records: number) => {
      this.#queued -= records;
    };
    this.#lanes = Array.from(
      { length: options.limits.lanes },
      () => new Lane({ ...options, release }),
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

  append(records: readonly OutputRecord[]): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    const refusal = this.#refusal(records.length);
    if (refusal !== undefined) return Promise.reject(new LogUnavailable(refusal));
    this.#queued += records.length;
    return new Promise((resolve, reject) => {
      const ticket: Ticket = {
        left: records.length,
        settled: false,
        settle(error) {
          if (ticket.settled) return;
          ticket.settled = true;
          clearTimeout(timer);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      const timer = setTimeout(
        () => ticket.settle(new LogUnavailable('Kafka did not acknowledge the records in time')),
        this.#limits.waitMsMax,
      );
      for (const [lane, own] of this.#byLane(records)) lane.push({ records: own, next: 0, ticket });
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

  #byLane(records: readonly OutputRecord[]): Map<Lane, OutputRecord[]> {
    const byLane = new Map<Lane, OutputRecord[]>();
    for (const record of records) {
      const lane = this.#lanes[record.partition % this.#lanes.length];
      if (lane === undefined) throw new Error(`partition ${record.partition} has no lane`);
      const own = byLane.get(lane);
      if (own === undefined) byLane.set(lane, [record]);
      else own.push(record);
    }
    return byLane;
  }
}

class Lane {
  readonly #producer: Pick<RecordProducer, 'append'>;
  readonly #limits: AppendLimits;
  readonly #release: (records: number) => void;
  #segments: Segment[] = [];
  #lingering: NodeJS.Timeout | undefined;
  #inFlightSince: number | undefined;
  #whenIdle: (() => void)[] = [];
  failed = false;

  constructor(options: {
    producer: Pick<RecordProducer, 'append'>;
    limits: AppendLimits;
    release: (records: number) => void;
  }) {
    this.#producer = options.producer;
    this.#limits = options.limits;
    this.#release = options.release;
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
        await this.#producer.append(taken.records);
      } catch (cause) {
        error = new LogUnavailable('Kafka did not acknowledge the records', { cause });
      }
      this.#inFlightSince = undefined;
      this.failed = error !== undefined;
      this.#release(taken.records.length);
      for (const { ticket, records } of taken.parts) {
        ticket.left -= records;
        if (error !== undefined || ticket.left === 0) ticket.settle(error);
      }
    }
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** The next append, in order; what nobody waits for any more is left out. */
  #take(): { records: OutputRecord[]; parts: { ticket: Ticket; records: number }[] } {
    const records: OutputRecord[] = [];
    const parts: { ticket: Ticket; records: number }[] = [];
    let done = 0;
    for (const segment of this.#segments) {
      const room = this.#limits.appendRecordsMax - records.length;
      const left = segment.records.length - segment.next;
      if (segment.ticket.settled) this.#release(left);
      else if (room === 0) break;
      else {
        const taken = Math.min(room, left);
        for (const record of segment.records.slice(segment.next, segment.next + taken))
          records.push(record);
        parts.push({ ticket: segment.ticket, records: taken });
        segment.next += taken;
        if (taken < left) break;
      }
      done++;
    }
    this.#segments.splice(0, done);
    return { records, parts };
  }
}
