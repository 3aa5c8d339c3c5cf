import kafkajs, { type Admin, type EachBatchPayload } from 'kafkajs';
import { JoinedCalls } from '../joined-calls/index.ts';

/** An offset as the consumer group keeps it. */
export interface CommittedOffset {
  /** The next record to read; undefined when nothing has been committed. */
  readonly offset: number | undefined;
  /** Empty when none was given. */
  readonly metadata: string;
}

/**
 * How a batch handler commits in kafkajs: one request with the generation of this very moment. The
 * consumer's own `commitOffsets` tries again inside, after a rejoin with the new generation, and so
 * gets a stale handler's commit through.
 */
export type SendCommit = EachBatchPayload['commitOffsetsIfNecessary'];

/**
 * Kafka has not answered, so the commit may still be on its way, and may overwrite a later one of the
 * same generation. Only another generation keeps it out: who goes on from the offset, and does not tell it
 * for lag alone, has to end the process.
 */
export class OffsetInDoubt extends Error {
  readonly code = 'offset_in_doubt';
}

interface Place {
  readonly topic: string;
  readonly partition: number;
}

interface Commit extends Place {
  readonly offset: number;
  readonly metadata: string | undefined;
  /** Asked when the request is sent. */
  readonly isCurrent: () => boolean;
}

/** The offsets of one consumer group. */
export interface OffsetRequests {
  /** What Kafka has once this is called. */
  read(at: Place): Promise<CommittedOffset>;
  /** `stale`: not sent, since it is not current. Throws OffsetInDoubt when Kafka has not answered. */
  commit(commit: Commit): Promise<'sent' | 'stale'>;
}

/** Places in one request; a process has far fewer partitions. */
const placesMax = 1_000;

/**
 * Asks one thing at a time. What is asked for meanwhile, or just then, goes together in the next request: partitions that
 * are worked on together open and close together.
 */
export function offsetRequests(group: {
  readonly groupId: string;
  readonly admin: Admin;
  /** Of the newest batch; undefined until the first one came. */
  readonly send: () => SendCommit | undefined;
}): OffsetRequests {
  const joined = { itemsMax: placesMax, begin: setImmediate };
  const reads = new JoinedCalls<Place, CommittedOffset>({
    ...joined,
    ask: (places) => readAll(group, places),
  });
  const commits = new JoinedCalls<Commit, 'sent' | 'stale'>({
    ...joined,
    async ask(asked) {
      const send = group.send();
      const current = send === undefined ? [] : asked.filter(({ isCurrent }) => isCurrent());
      if (send !== undefined && current.length > 0) await commitAll(send, current);
      return asked.map((one) => (current.includes(one) ? 'sent' : 'stale'));
    },
  });
  return {
    read: (at) => only(reads.take([at])),
    commit: (commit) => only(commits.take([commit])),
  };
}

async function only<Reply>(replies: Promise<Reply[]>): Promise<Reply> {
  const [reply] = await replies;
  if (reply === undefined) throw new Error('a request was not replied to');
  return reply;
}

async function readAll(
  { admin, groupId }: { readonly admin: Admin; readonly groupId: string },
  places: readonly Place[],
): Promise<CommittedOffset[]> {
  const topics = [...new Set(places.map(({ topic }) => topic))];
  const found = await admin.fetchOffsets({ groupId, topics });
  return places.map((at) => {
    const entry = found
      .find(({ topic }) => topic === at.topic)
      ?.partitions.find(({ partition }) => partition === at.partition);
    const offset = Number(entry?.offset ?? -1);
    return { offset: offset < 0 ? undefined : offset, metadata: entry?.metadata ?? '' };
  });
}

async function commitAll(send: SendCommit, commits: readonly Commit[]): Promise<void> {
  const topics = [...new Set(commits.map(({ topic }) => topic))].map((topic) => ({
    topic,
    partitions: commits
      .filter((commit) => commit.topic === topic)
      .map(({ partition, offset, metadata }) => ({
        partition,
        offset: String(offset),
        ...(metadata === undefined ? {} : { metadata }),
      })),
  }));
  try {
    await send({ topics });
  } catch (error) {
    if (error instanceof kafkajs.KafkaJSProtocolError) throw error;
    const places = commits.map(
      ({ topic, partition, offset }) => `${offset} of ${topic}/${partition}`,
    );
    throw new OffsetInDoubt(
      `Kafka has not said whether it took offset ${places.join(', ')}: whoever goes on from the committed offset ` +
        'ends here, since only another generation of the group keeps out what is still on its way.',
      { cause: error },
    );
  }
}
