import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { fetchedFrom, isOutOfRange, recordsOf } from './fetch-response.ts';
import { createConsumer } from './kafkajs-cluster.ts';
import type { LogRecord } from './record-reader.ts';

export interface TopicReaderLimits {
  /** A partition that gives nothing for so long before its end is a failure. */
  readonly readMsMax: number;
  readonly fetchWaitMsMax: number;
  readonly fetchBytesMax: number;
  /** What the compressed batches of one fetch become, at most. */
  readonly decompressedBytesMax: number;
}

interface Reading {
  readonly partition: number;
  readonly to: number;
  next: number;
  /** Given to the reader of the generator; at most one waits. */
  offer: ((records: readonly LogRecord[]) => Promise<void>) | undefined;
  fail: ((error: Error) => void) | undefined;
}

/** Longer than anything that a reader does between two batches. */
const sessionMsMax = 300_000;

/**
 * Reads ranges of a topic's partitions, one after the other, in a consumer group of its own that is
 * deleted at the end and commits nothing. Batches are fetched as they are taken, so memory is bounded
 * by one fetch.
 */
export class TopicReader {
  readonly #topic: string;
  readonly #consumer: Consumer;
  readonly #limits: TopicReaderLimits;
  readonly #groupId: string;
  readonly #kafka: Kafka;
  #reading: Reading | undefined;

  private constructor(parts: {
    kafka: Kafka;
    topic: string;
    groupId: string;
    consumer: Consumer;
    limits: TopicReaderLimits;
  }) {
    this.#kafka = parts.kafka;
    this.#topic = parts.topic;
    this.#groupId = parts.groupId;
    this.#consumer = parts.consumer;
    this.#limits = parts.limits;
  }

  /** Joins a group and stands still until something is read. Throws when that takes `readMsMax`. */
  static async open(options: {
    kafka: Kafka;
    topic: string;
    partitions: number;
    /** Begins the name of the group. */
    group: string;
    limits: TopicReaderLimits;
  }): Promise<TopicReader> {
    const { kafka, topic, partitions, group, limits } = options;
    const groupId = `${group}-${topic}-${randomUUID()}`;
    const consumer = createConsumer(kafka, {
      groupId,
      maxWaitTimeInMs: limits.fetchWaitMsMax,
      maxBytesPerPartition: limits.fetchBytesMax,
      decompressedBytesMax: limits.decompressedBytesMax,
      sessionTimeout: sessionMsMax,
      heartbeatInterval: 5_000,
      rebalanceTimeout: sessionMsMax,
    });
    const reader = new TopicReader({ kafka, topic, groupId, consumer, limits });
    let timer: NodeJS.Timeout | undefined;
    const joined = new Promise<void>((resolve, reject) => {
      const sentence = `Kafka’s group for ${topic} was not joined within ${limits.readMsMax} ms`;
      timer = setTimeout(() => reject(new Error(sentence)), limits.readMsMax);
      consumer.on('consumer.group_join', () => {
        consumer.pause([{ topic, partitions: Array.from({ length: partitions }, (_, p) => p) }]);
        const active = reader.#reading;
        if (active !== undefined) consumer.resume([{ topic, partitions: [active.partition] }]);
        resolve();
      });
    });
    joined.catch(() => undefined);
    consumer.on('consumer.crash', ({ payload }) => reader.#reading?.fail?.(payload.error));
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatch: (batch) => reader.#take(batch) });
      await joined;
    } catch (error) {
      await consumer.disconnect();
      throw error;
    } finally {
      clearTimeout(timer);
    }
    return reader;
  }

  /**
   * The records of a partition with offsets in [from, to), batch by batch. One range at a time. Throws
   * when Kafka gives nothing for `readMsMax`.
   */
  async *read(range: {
    partition: number;
    from: number;
    to: number;
  }): AsyncGenerator<readonly LogRecord[], void, undefined> {
    const { partition, from, to } = range;
    if (from >= to) return;
    if (this.#reading !== undefined) throw new Error(`${this.#topic} is being read already`);
    const reading: Reading = { partition, to, next: from, offer: undefined, fail: undefined };
    this.#reading = reading;
    this.#consumer.seek({ topic: this.#topic, partition, offset: String(from) });
    this.#consumer.resume([{ topic: this.#topic, partitions: [partition] }]);
    let taken: (() => void) | undefined;
    try {
      while (reading.next < to) {
        const records = await this.#offered(reading, (release) => (taken = release));
        yield records;
        taken?.();
      }
    } finally {
      this.#consumer.pause([{ topic: this.#topic, partitions: [partition] }]);
      this.#reading = undefined;
      taken?.();
    }
  }

  /**
   * Leaves the group and deletes it, as far as Kafka is there: a consumer that has lost its broker can
   * wait for ever, so it is given `readMsMax`, and Kafka forgets a group without members by itself.
   */
  async close(): Promise<void> {
    const leave = async (): Promise<void> => {
      await this.#consumer.disconnect();
      const admin = this.#kafka.admin();
      await admin.connect();
      await admin.deleteGroups([this.#groupId]).catch(() => undefined);
      await admin.disconnect();
    };
    const timeUp = new AbortController();
    const patience = sleep(this.#limits.readMsMax, undefined, { signal: timeUp.signal });
    await Promise.race([leave(), patience.catch(() => undefined)]);
    timeUp.abort();
  }

  #offered(
    reading: Reading,
    releasedBy: (release: () => void) => void,
  ): Promise<readonly LogRecord[]> {
    return new Promise((resolve, reject) => {
      const place = `${this.#topic}/${reading.partition} at ${reading.next} of ${reading.to}`;
      const timer = setTimeout(() => {
        reading.offer = undefined;
        reject(new Error(`Kafka gave nothing of ${place} for ${this.#limits.readMsMax} ms`));
      }, this.#limits.readMsMax);
      reading.fail = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      reading.offer = (records) => {
        clearTimeout(timer);
        reading.offer = undefined;
        return new Promise((release) => {
          releasedBy(release);
          resolve(records);
        });
      };
    });
  }

  async #take({ batch }: EachBatchPayload): Promise<void> {
    const reading = this.#reading;
    if (reading?.partition !== batch.partition) return;
    // Fetched before a seek: what lies between would be passed over.
    if (fetchedFrom(batch) > reading.next) return;
    const { next, to } = reading;
    if (isOutOfRange(batch)) {
      reading.fail?.(
        new Error(`Kafka no longer has ${this.#topic}/${batch.partition} from ${next} on`),
      );
      return;
    }
    const records = recordsOf(batch).filter(({ offset }) => offset >= next && offset < to);
    const end = Number(batch.lastOffset()) + 1;
    if (end <= reading.next) return;
    reading.next = Math.min(end, reading.to);
    await reading.offer?.(records);
  }
}
