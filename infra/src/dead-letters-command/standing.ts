import { createHash } from 'node:crypto';
import { watermarksOf, type TopicReader } from '../kafka/index.ts';
import type { Connection } from './connection.ts';
import type { RetriedTopic } from './verdict.ts';

/** What of a dead letter is needed to find its record once more in the topic. */
export interface Sought {
  readonly offset: number;
  readonly digest: string;
  readonly key: string | undefined;
}

/** What a topic has behind a record that was put aside. */
export type Standing =
  /** The same record once more, which was not put aside. */
  | { readonly type: 'again'; readonly offset: number }
  /** Another record of its key, which is newer. */
  | { readonly type: 'newer'; readonly offset: number };

/** Of key and value. */
export function digestOf(record: {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}): string {
  const hash = createHash('sha256');
  for (const bytes of [record.key, record.value]) {
    hash.update(bytes === null ? 'null' : `${bytes.length}:`);
    if (bytes !== null) hash.update(bytes);
  }
  return hash.digest('base64');
}

export const keyName = (key: Uint8Array | null): string | undefined =>
  key === null ? undefined : Buffer.from(key).toString('hex');

/**
 * Reads a partition of the source topic once, from the first record that is sought to the end, and tells
 * by offset what stands behind each. `isAside`: the record at that offset was put aside too.
 */
export async function standingBehind(
  connection: Connection,
  of: {
    readonly reader: TopicReader;
    readonly topic: RetriedTopic;
    readonly partition: number;
    readonly sought: readonly Sought[];
    readonly isAside: (offset: number) => boolean;
  },
): Promise<ReadonlyMap<number, Standing>> {
  const { reader, topic, partition, sought, isAside } = of;
  const byDigest = groupedBy(sought, ({ digest }) => digest);
  const byKey = groupedBy(sought, ({ key }) => key);
  const standing = new Map<number, Standing>();
  const { low, high } = await watermarksOf(connection.admin, { topic, partition });
  const first = sought.reduce((least, { offset }) => Math.min(least, offset), high);
  const from = Math.max(low, first + 1);
  for await (const batch of reader.read({ partition, from, to: high }))
    for (const record of batch) {
      const { offset } = record;
      if (isAside(offset)) continue;
      const sameKey = topic === 'members' ? byKey.get(keyName(record.key) ?? '') : undefined;
      for (const one of sameKey ?? [])
        if (one.offset < offset) standing.set(one.offset, { type: 'newer', offset });
      for (const one of byDigest.get(digestOf(record)) ?? [])
        if (one.offset < offset) standing.set(one.offset, { type: 'again', offset });
    }
  return standing;
}

function groupedBy(
  sought: readonly Sought[],
  nameOf: (one: Sought) => string | undefined,
): ReadonlyMap<string, readonly Sought[]> {
  const groups = new Map<string, Sought[]>();
  for (const one of sought) {
    const name = nameOf(one);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [one]);
    else group.push(one);
  }
  return groups;
}
