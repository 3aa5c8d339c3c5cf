import type { TopicName, Typed } from '@semarak/schemas';
import { wholeBatchHeader, type OutputRecord } from '../kafka/index.ts';
import { keyInTransactions, UnreadableRecord } from '../records/index.ts';
import { belongingTo } from '../stream-processor/index.ts';
import { bufferOf, type Letter } from './letter.ts';

/** The header of a record that a retry wrote: the place of the first. */
const retryOfHeader = 'retry-of';

/** Topics whose records come from outside: a second copy is told by what it says. */
export const retriedTopics = ['transactions', 'members'] as const satisfies readonly TopicName[];
export type RetriedTopic = (typeof retriedTopics)[number];

export const isRetried = (topic: string): topic is RetriedTopic =>
  retriedTopics.some((name) => name === topic);

/** Why a dead letter of a derived topic is not written again. */
export const derivedSentence = (topic: string): string =>
  `${topic} is derived from other topics, and its readers drop what is written again below what they ` +
  'have read: rebuild what is made of it from the log instead (README of infra, "Dead letters").';

/** Why a batch that was put aside whole is not written again. */
const wholeBatchSentence =
  'it is a whole batch, which lies in the log at its place: read it there with any client of Kafka and ' +
  'write its records again, in smaller batches';

export type Verdict =
  | { readonly type: 'write'; readonly record: OutputRecord }
  | { readonly type: 'refused'; readonly reason: string };

/**
 * The record to write again: the same bytes, key and headers, in the same partition; or why it would
 * be put aside again there. `decode` throws UnreadableRecord.
 */
export function verdictOn(
  { place, content }: Letter,
  by: {
    readonly topic: RetriedTopic;
    readonly decode: (value: Buffer | null) => Typed;
    readonly partitionOf: (key: string) => number;
  },
): Verdict {
  const { topic, decode, partitionOf } = by;
  if (content.headers.some(({ name }) => name === wholeBatchHeader))
    return { type: 'refused', reason: wholeBatchSentence };
  const value = bufferOf(content.value);
  try {
    const key = keyInTransactions(belongingTo(topic, decode(value)));
    const own = key === undefined ? content.sourcePartition : partitionOf(key);
    if (own !== content.sourcePartition)
      return {
        type: 'refused',
        reason: `it stood in partition ${content.sourcePartition} and its member’s is ${own}: send it to the gateway instead, which writes it there`,
      };
  } catch (error) {
    if (error instanceof UnreadableRecord) return { type: 'refused', reason: error.reason };
    throw error;
  }
  if (value === null) return { type: 'refused', reason: 'there is no value' };
  const key = bufferOf(content.key);
  const headers: Record<string, Buffer[]> = {};
  for (const header of content.headers)
    if (header.value !== null) (headers[header.name] ??= []).push(Buffer.from(header.value));
  return {
    type: 'write',
    record: {
      topic,
      partition: content.sourcePartition,
      key,
      value,
      headers: { ...headers, [retryOfHeader]: place },
    },
  };
}
