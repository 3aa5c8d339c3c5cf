import type { TopicName } from '@semarak/schemas';
import { connectToKafka, type KafkaConnection } from '../command-line/index.ts';
import { TopicReader, watermarksOf, type LogRecord } from '../kafka/index.ts';
import type { Log } from '../observability/index.ts';
import { createCodec, UnreadableRecord, valueOf, type RecordCodec } from '../records/index.ts';
import type { Configuration } from './config.ts';
import { letterOf, type Letter } from './letter.ts';

/** The log and today's schemas. */
export interface Connection extends KafkaConnection {
  readonly codec: RecordCodec;
  readonly partitions: number;
  /** A reader of a topic; whoever opens it closes it. */
  openReader(topic: TopicName): Promise<TopicReader>;
  close(): Promise<void>;
}

/** Connects to Kafka and the registry. Throws a sentence that says where nobody answered. */
export async function connect(configuration: Configuration, log: Log): Promise<Connection> {
  const { KAFKA_BROKERS: brokers, SCHEMA_REGISTRY_URL: registryUrl } = configuration;
  const { kafka, admin } = await connectToKafka({ brokers, clientId: 'dead-letters', log });
  try {
    const partitions = (await admin.fetchTopicOffsets('dead-letters')).length;
    const limits = {
      readMsMax: configuration.READ_MS_MAX,
      fetchWaitMsMax: configuration.FETCH_WAIT_MS_MAX,
      fetchBytesMax: configuration.FETCH_BYTES_MAX,
      decompressedBytesMax: configuration.DECOMPRESSED_BYTES_MAX,
    };
    return {
      kafka,
      admin,
      codec: await createCodec({ registryUrl }),
      partitions,
      openReader: (topic) =>
        TopicReader.open({ kafka, topic, partitions, group: 'dead-letters-command', limits }),
      close: () => admin.disconnect(),
    };
  } catch (error) {
    await admin.disconnect();
    throw error;
  }
}

/** Dead letters as they lie in their topic; those of one source partition lie in one partition. */
export class LettersReader {
  readonly #connection: Connection;
  readonly #reader: TopicReader;
  /** Records of dead-letters that are no dead letters, so far. */
  unreadable = 0;

  private constructor(connection: Connection, reader: TopicReader) {
    this.#connection = connection;
    this.#reader = reader;
  }

  static async open(connection: Connection): Promise<LettersReader> {
    return new LettersReader(connection, await connection.openReader('dead-letters'));
  }

  watermarks(partition: number): Promise<{ low: number; high: number }> {
    return watermarksOf(this.#connection.admin, { topic: 'dead-letters', partition });
  }

  /** A range of a partition, in its order, batch by batch. */
  async *read(range: {
    readonly partition: number;
    readonly from: number;
    readonly to: number;
  }): AsyncGenerator<readonly Letter[]> {
    const { codec } = this.#connection;
    for await (const batch of this.#reader.read(range)) {
      await codec.prepare(batch.map(({ value }) => value));
      yield batch.flatMap((record) => this.#decoded(record));
    }
  }

  /** A whole partition as it is now. */
  async *readAll(partition: number): AsyncGenerator<readonly Letter[]> {
    const { low, high } = await this.watermarks(partition);
    yield* this.read({ partition, from: low, to: high });
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  #decoded(read: LogRecord): Letter[] {
    try {
      const record = this.#connection.codec.decode(valueOf(read));
      if (record.type === 'DeadLetter') return [letterOf(record.value)];
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
    }
    this.unreadable++;
    return [];
  }
}
