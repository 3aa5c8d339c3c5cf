import { topicNames, type Records, type TopicName } from '@semarak/schemas';
import type { WrittenWith } from '../records/index.ts';
import { placeOf } from '../stream-processor/index.ts';

/** Where in the log a record stands. */
export interface Place {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
}

/** `transactions/3/120`; undefined for any other text. */
export function parsePlace(text: string): Place | undefined {
  const [, name, partition, offset] = /^([a-z-]+)\/(\d{1,9})\/(\d{1,15})$/.exec(text) ?? [];
  const topic = topicNames.find((known) => known === name);
  if (topic === undefined) return undefined;
  return { topic, partition: Number(partition), offset: Number(offset) };
}

/** A record that was put aside. */
export interface Letter {
  /** Its place: the same for every copy of the letter. */
  readonly place: string;
  readonly content: Records['DeadLetter'];
}

export const letterOf = (content: Records['DeadLetter']): Letter => ({
  place: placeOf({
    topic: content.sourceTopic,
    partition: content.sourcePartition,
    offset: content.sourceOffset,
  }),
  content,
});

/** Whether names and addresses may stand in the bytes. */
export function isPersonal(
  { content }: Letter,
  writtenWith: Pick<WrittenWith, 'name'> | undefined,
): boolean {
  return content.sourceTopic === 'members' || writtenWith?.name === 'MemberProfile';
}

/** Null stays null. */
export const bufferOf = (bytes: Uint8Array | null): Buffer | null =>
  bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
