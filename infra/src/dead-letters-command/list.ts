import type { TopicName } from '@semarak/schemas';
import { LettersReader, type Connection } from './connection.ts';
import { listed, type Listed } from './text.ts';

/** Letters that are read at once, going back from the end. */
const windowMin = 1_000;

/**
 * The newest dead letters, at most `newest` of a topic or of all; of copies of one place the newest.
 * Going back from the end of each partition, as far as it takes; memory is bounded by `newest`.
 */
export async function newestLetters(
  connection: Connection,
  wanted: { readonly topic: TopicName | undefined; readonly newest: number },
): Promise<{ letters: readonly Listed[]; unreadable: number }> {
  const reader = await LettersReader.open(connection);
  try {
    let letters: Listed[] = [];
    for (let partition = 0; partition < connection.partitions; partition++) {
      const found = await newestOf(reader, partition, wanted);
      letters = [...letters, ...found]
        .sort((a, b) => b.failedAt.localeCompare(a.failedAt) || comparePlaces(a, b))
        .slice(0, wanted.newest);
    }
    return { letters, unreadable: reader.unreadable };
  } finally {
    await reader.close();
  }
}

async function newestOf(
  reader: LettersReader,
  partition: number,
  { topic, newest }: { topic: TopicName | undefined; newest: number },
): Promise<readonly Listed[]> {
  const { low, high } = await reader.watermarks(partition);
  const found = new Map<string, Listed>();
  for (let to = high; to > low && found.size < newest;) {
    const from = Math.max(low, to - Math.max(newest, windowMin));
    const inWindow = new Map<string, Listed>();
    for await (const batch of reader.read({ partition, from, to }))
      for (const letter of batch)
        if (topic === undefined || letter.content.sourceTopic === topic)
          inWindow.set(letter.place, listed(letter));
    for (const [place, letter] of inWindow) if (!found.has(place)) found.set(place, letter);
    to = from;
  }
  return [...found.values()];
}

/** Of one moment the higher offset first. */
const comparePlaces = (a: Listed, b: Listed): number =>
  b.place.localeCompare(a.place, 'en', { numeric: true });
