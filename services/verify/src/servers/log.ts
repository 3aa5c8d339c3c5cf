import type { LogRecord, TopicReader } from '@semarak/infra/kafka';
import { UnreadableRecord, valueOf, type RecordCodec } from '@semarak/infra/records';
import { topics, type RecordsOf, type TopicName, type Typed } from '@semarak/schemas';
import { isEvent, RisingOnly, type Event } from '../comparison/consumer-view.ts';

/** A record of a topic; without `record` it cannot be read or may not stand there. */
export interface Read<Topic extends TopicName> {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly record: Typed<RecordsOf<Topic>> | undefined;
}

/** Decodes what a reader gives. Throws when the registry cannot be reached. */
export async function* records<Topic extends TopicName>(
  topic: Topic,
  of: { readonly batches: AsyncIterable<readonly LogRecord[]>; readonly codec: RecordCodec },
): AsyncGenerator<readonly Read<Topic>[]> {
  for await (const batch of of.batches) {
    await of.codec.prepare(batch.map(({ value }) => value));
    yield batch.map((record) => ({
      offset: record.offset,
      key: record.key,
      value: record.value,
      record: decoded(topic, of.codec, record),
    }));
  }
}

function decoded<Topic extends TopicName>(
  topic: Topic,
  codec: RecordCodec,
  read: LogRecord,
): Typed<RecordsOf<Topic>> | undefined {
  try {
    const record = codec.decode(valueOf(read));
    const belongs = (topics[topic].records as readonly string[]).includes(record.type);
    return belongs ? (record as Typed<RecordsOf<Topic>>) : undefined;
  } catch (error) {
    if (error instanceof UnreadableRecord) return undefined;
    throw error;
  }
}

/**
 * One partition of a derived topic as its consumers see it: without repeats. Events caused behind the
 * cut are left out, but not those that nothing can have caused yet.
 */
export async function* consumed(
  topic: 'loyalty-events' | 'reward-events',
  of: {
    readonly reader: TopicReader;
    readonly codec: RecordCodec;
    readonly partition: number;
    readonly to: number;
    readonly isBehindTheCut: (event: Event) => boolean;
    readonly unreadable: (record: Read<typeof topic>) => void;
  },
): AsyncGenerator<readonly Event[]> {
  const filter = new RisingOnly();
  const batches = of.reader.read({ partition: of.partition, from: 0, to: of.to });
  for await (const batch of records(topic, { batches, codec: of.codec })) {
    const events: Event[] = [];
    for (const read of batch) {
      if (read.record === undefined) of.unreadable(read);
      else if (isEvent(read.record) && filter.takes(read.record) && !of.isBehindTheCut(read.record))
        events.push(read.record);
    }
    yield events;
  }
}
