import { topicNames, type TopicName } from '@semarak/schemas';
import {
  partitionOf,
  type OutputRecord,
  type RecordProducer,
  type TopicReader,
} from '../kafka/index.ts';
import { placeOf } from '../stream-processor/index.ts';
import type { Selection } from './arguments.ts';
import { LettersReader, type Connection } from './connection.ts';
import { bufferOf, type Letter } from './letter.ts';
import { digestOf, keyName, standingBehind, type Sought, type Standing } from './standing.ts';
import { isRetried, retriedTopics, verdictOn, type RetriedTopic } from './verdict.ts';

export interface RetryLimits {
  readonly lettersMax: number;
  readonly chunkRecordsMax: number;
}

/** What became of one dead letter. */
export type Retried = { readonly place: string } & (
  | { readonly type: 'written' }
  | { readonly type: 'stands_again'; readonly at: string }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'derived'; readonly topic: TopicName }
);

/**
 * Writes what can be read today to its topic again, and tells of each dead letter that is selected what
 * became of it. Throws what Kafka throws; then some may be written, and the same again is harmless.
 */
export async function retry(
  connection: Connection,
  options: {
    readonly which: Selection;
    readonly producer: Pick<RecordProducer, 'append'>;
    readonly limits: RetryLimits;
    readonly tell: (retried: Retried) => void;
  },
): Promise<void> {
  const { which } = options;
  const partitions =
    which.type === 'place'
      ? [which.place.partition].filter((partition) => partition < connection.partitions)
      : Array.from({ length: connection.partitions }, (_, partition) => partition);
  const reader = await LettersReader.open(connection);
  const sources = new Map<RetriedTopic, TopicReader>();
  try {
    for (const topic of retriedTopics) sources.set(topic, await connection.openReader(topic));
    for (const partition of partitions)
      await retryPartition({ ...options, connection, reader, sources, partition });
  } finally {
    for (const source of sources.values()) await source.close();
    await reader.close();
  }
}

interface PartitionRetry {
  readonly connection: Connection;
  readonly reader: LettersReader;
  readonly sources: ReadonlyMap<RetriedTopic, TopicReader>;
  readonly partition: number;
  readonly which: Selection;
  readonly producer: Pick<RecordProducer, 'append'>;
  readonly limits: RetryLimits;
  readonly tell: (retried: Retried) => void;
}

/** First what was put aside, then what of it stands again, then what is to be written. */
async function retryPartition(of: PartitionRetry): Promise<void> {
  const { connection, reader, sources, partition, which, producer, limits, tell } = of;
  const aside = await lettersOf(of);
  const standing = new Map<RetriedTopic, ReadonlyMap<number, Standing>>();
  for (const [topic, source] of sources) {
    const { selected, offsets } = aside[topic];
    if (selected.length === 0) continue;
    const isAside = (offset: number): boolean => offsets.has(offset);
    standing.set(
      topic,
      await standingBehind(connection, {
        reader: source,
        topic,
        partition,
        sought: selected,
        isAside,
      }),
    );
  }
  const met = new Set<string>();
  const written = new Set<string>();
  let chunk: { place: string; record: OutputRecord }[] = [];
  const flush = async (): Promise<void> => {
    await producer.append(chunk.map(({ record }) => record));
    for (const { place } of chunk) tell({ type: 'written', place });
    chunk = [];
  };
  for await (const batch of reader.readAll(partition)) {
    await connection.codec.prepare(batch.map(({ content }) => bufferOf(content.value)));
    for (const letter of batch) {
      if (!isSelected(letter, which) || met.has(letter.place)) continue;
      met.add(letter.place);
      const outcome = outcomeOf(letter, { connection, standing, written });
      if (outcome.type === 'write') chunk.push({ place: letter.place, record: outcome.record });
      else tell({ place: letter.place, ...outcome });
      if (chunk.length === limits.chunkRecordsMax) await flush();
    }
  }
  await flush();
}

type Outcome =
  | { readonly type: 'write'; readonly record: OutputRecord }
  | { readonly type: 'stands_again'; readonly at: string }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'derived'; readonly topic: TopicName };

function outcomeOf(
  letter: Letter,
  by: {
    readonly connection: Connection;
    readonly standing: ReadonlyMap<RetriedTopic, ReadonlyMap<number, Standing>>;
    /** Digests of what was written by now. */
    readonly written: Set<string>;
  },
): Outcome {
  const { content } = letter;
  const { sourceTopic, sourcePartition: partition, sourceOffset } = content;
  const topic = topicNames.find((name) => name === sourceTopic);
  if (topic === undefined)
    return { type: 'refused', reason: `there is no topic ${sourceTopic} today` };
  if (!isRetried(topic)) return { type: 'derived', topic };
  const verdict = verdictOn(letter, {
    topic,
    decode: (value) => by.connection.codec.decode(value),
    partitionOf: (key) => partitionOf({ key, partitions: by.connection.partitions }),
  });
  if (verdict.type === 'refused') return verdict;
  const behind = by.standing.get(topic)?.get(sourceOffset);
  const digest = `${topic} ${digestOf(content)}`;
  if (behind?.type === 'again')
    return { type: 'stands_again', at: placeOf({ topic, partition, offset: behind.offset }) };
  if (behind?.type === 'newer')
    return {
      type: 'refused',
      reason: `${placeOf({ topic, partition, offset: behind.offset })} is newer and of the same member, and would be undone`,
    };
  if (by.written.has(digest))
    return { type: 'stands_again', at: `the end of ${topic}/${partition}: written just now` };
  by.written.add(digest);
  return verdict;
}

interface Aside {
  readonly selected: Sought[];
  /** Of all that was put aside, also what is not selected. */
  readonly offsets: Set<number>;
}

async function lettersOf({
  reader,
  partition,
  which,
  limits,
}: PartitionRetry): Promise<Readonly<Record<RetriedTopic, Aside>>> {
  const aside = {
    transactions: { selected: [] as Sought[], offsets: new Set<number>() },
    members: { selected: [] as Sought[], offsets: new Set<number>() },
  };
  for await (const batch of reader.readAll(partition))
    for (const letter of batch) {
      const { sourceTopic, sourceOffset: offset, key } = letter.content;
      if (!isRetried(sourceTopic) || aside[sourceTopic].offsets.has(offset)) continue;
      aside[sourceTopic].offsets.add(offset);
      if (aside[sourceTopic].offsets.size > limits.lettersMax)
        throw new Error(
          `dead-letters/${partition} has more than RETRY_LETTERS_MAX = ${limits.lettersMax} dead letters: give it a larger number.`,
        );
      if (isSelected(letter, which))
        aside[sourceTopic].selected.push({
          offset,
          digest: digestOf(letter.content),
          key: keyName(key),
        });
    }
  return aside;
}

function isSelected({ place, content }: Letter, which: Selection): boolean {
  if (which.type === 'place') return place === placeOf(which.place);
  return which.topic === undefined || which.topic === content.sourceTopic;
}
