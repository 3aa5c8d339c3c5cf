import { ClickHouseUnavailable, insertExactly, type ExactBlock } from '@semarak/infra/clickhouse';
import { OffsetInDoubt, StaleGeneration, type Offsets } from '@semarak/infra/consumer-group';
import {
  LogUnavailable,
  type LogPlace,
  type OutputRecord,
  type PlaceVerdict,
} from '@semarak/infra/kafka';
import {
  decodeBookmark,
  type SharedInsertsOptions,
  type Warehouse,
} from '@semarak/infra/projection';
import { StoreUnavailable, type Commit, type PartitionStore } from '@semarak/infra/state-store';
import { farthestCause, highestTold, type WrittenRecord } from '@semarak/infra/stream-processor';
import type { TopicName } from '@semarak/schemas';
import type { Group } from './group.ts';
import { KafkaUnavailable, type Process } from './lane.ts';
import type { MemoryTopics } from './memory-topics.ts';
import type { MemoryWarehouse } from './memory-warehouse.ts';
import type { Rule } from './rules.ts';
import type { Scheduler } from './scheduler.ts';
import { database } from './stages.ts';
import { ForgottenFilter, UncheckedLoad, UncomparedCommit } from './stores-left-out.ts';

/** One partition in one process, and the world that its calls go to. */
export interface Place {
  readonly process: Process;
  readonly partition: number;
  readonly scheduler: Scheduler;
  readonly topics: MemoryTopics;
  readonly group: Group;
  /** The rule of which nothing is left in this run. */
  readonly without: Rule | undefined;
}

const failures = {
  store: (why: string) => new StoreUnavailable(why),
  log: (why: string) => new LogUnavailable(why),
  kafka: (why: string) => new KafkaUnavailable(why),
  offset: (why: string) => new OffsetInDoubt(why),
  clickhouse: (why: string) => new ClickHouseUnavailable(why),
};

/** The memory store, whose every call is one that can go wrong. */
export function storeOf(
  { process, partition, scheduler, without }: Place,
  inner: PartitionStore,
): PartitionStore {
  const call = <Reply>(
    name: string,
    effect: () => Promise<Reply>,
    mishaps: Record<string, () => Promise<Reply>> = {},
  ) =>
    scheduler.call(process, {
      label: `${partition} ${name}`,
      effect,
      failure: failures.store,
      ...(Object.keys(mishaps).length === 0 ? {} : { mishaps }),
    });
  const store: PartitionStore = {
    acquire: (token) => call('acquire', () => inner.acquire(token)),
    load: (names) => call('load', () => inner.load(names)),
    commit: (commit) =>
      call(`commit ${commit.from}-${commit.to}`, () => inner.commit(commit), {
        'sent again': () => commitTwice(inner, commit),
      }),
  };
  if (without === 'check at load') return new UncheckedLoad(store);
  if (without === 'compare at commit') return new UncomparedCommit(store);
  if (without === 'filter in the same commit') return new ForgottenFilter(store);
  return store;
}

/** A client that lost its connection sends the script again. */
function commitTwice(inner: PartitionStore, commit: Commit) {
  void inner.commit(commit);
  return inner.commit(commit);
}

/** Appends to the topics; what one request writes to a partition is written whole or not. */
export class Appender {
  readonly #place: Place;
  readonly #unawaited = new Set<Promise<unknown>>();
  /** Requests of one connection reach the broker in order; what is sent again comes later. */
  #lastTried: Promise<unknown> = Promise.resolve();

  constructor(place: Place) {
    this.#place = place;
  }

  async append(chunk: readonly OutputRecord[]): Promise<readonly number[]> {
    const { without } = this.#place;
    if (without !== 'one request in flight') return this.#send(chunk);
    const sent = this.#sendUntilAcknowledged(chunk);
    this.#unawaited.add(sent);
    void sent.then(() => this.#unawaited.delete(sent));
    return [];
  }

  /** Resolves when all that was not waited for is acknowledged. */
  async drained(): Promise<void> {
    await Promise.all(this.#unawaited);
  }

  #send(chunk: readonly OutputRecord[]): Promise<readonly number[]> {
    const { process, partition, scheduler, topics, without } = this.#place;
    const write = (records: readonly OutputRecord[]) => topics.append(records);
    const parts = [...new Set(chunk.map(placeOf))];
    return scheduler.call(process, {
      label: `${partition} append ${chunk.length}`,
      effect: () => write(chunk),
      failure: failures.log,
      mishaps: {
        'written twice': () => {
          write(chunk);
          return write(chunk);
        },
        ...(parts.length > 1 && {
          'written in part': () => {
            write(chunk.filter((record) => placeOf(record) === parts[0]));
            if (without !== 'every partition by name')
              throw new LogUnavailable('the answer does not name every partition');
            return [];
          },
        }),
      },
    });
  }

  async #sendUntilAcknowledged(chunk: readonly OutputRecord[]): Promise<void> {
    let attempt: Promise<unknown> = this.#lastTried.then(() => this.#send(chunk));
    this.#lastTried = attempt.catch(() => undefined);
    for (;;) {
      try {
        await attempt;
        return;
      } catch (error) {
        if (!(error instanceof LogUnavailable)) throw error;
        attempt = this.#send(chunk);
      }
    }
  }
}

const placeOf = ({ topic, partition }: OutputRecord): string => `${topic}/${partition}`;

/** The watermarks of an input partition. */
export async function watermarksOf(
  { process, partition, scheduler, topics, without }: Place,
  topic: TopicName,
): Promise<{ low: number; high: number }> {
  const found = await scheduler.call(process, {
    label: `${partition} watermarks`,
    effect: () => topics.watermarks(topic, partition),
    failure: failures.kafka,
  });
  return without === 'halt outside the watermarks'
    ? { low: 0, high: Number.MAX_SAFE_INTEGER }
    : found;
}

/** Whether an input partition has the record of a place. */
export const verdictOf = (
  { process, partition, scheduler, topics, without }: Place,
  topic: TopicName,
  place: LogPlace,
): Promise<PlaceVerdict> =>
  scheduler.call(process, {
    label: `${partition} place ${place.offset}`,
    effect: () =>
      without === 'the last record in its place'
        ? { type: 'stands' }
        : topics.verdictOf(topic, partition, place),
    failure: failures.kafka,
  });

/** Whether an input partition has records for readers in a range. */
export const hasRecords = (
  { process, partition, scheduler, topics, without }: Place,
  topic: TopicName,
  { from, to }: { from: number; to: number },
): Promise<boolean> =>
  scheduler.call(process, {
    label: `${partition} records ${from}-${to}`,
    effect: () =>
      without !== 'nothing for readers in a gap' &&
      topics.readable(topic, partition).some(({ offset }) => offset >= from && offset < to),
    failure: failures.kafka,
  });

/** Records at the end of a derived partition that are read. */
const tailRecords = 6;

/** The farthest cause that the tail of the derived events tells. */
export const toldCause = (
  { process, partition, scheduler, topics, without }: Place,
  derived: TopicName,
): Promise<LogPlace | undefined> =>
  scheduler.call(process, {
    label: `${partition} last of ${derived}`,
    effect: () =>
      without === 'the cause in the log'
        ? undefined
        : farthestCause(topics.partition(derived, partition).records.slice(-tailRecords)),
    failure: failures.kafka,
  });

/** Whether what was written and acknowledged is in the log. */
export const isInLog = (
  { process, partition, scheduler, topics, without }: Place,
  record: WrittenRecord,
): Promise<boolean> =>
  scheduler.call(process, {
    label: `${partition} written ${record.topic} ${record.offset}`,
    effect: () => without === 'what was derived in the log' || topics.isInLog(record),
    failure: failures.kafka,
  });

/** What the tail of the derived events says to be acknowledged. */
export const toldAcknowledged = (
  { process, partition, scheduler, topics, group, without }: Place,
  derived: TopicName,
): Promise<number> =>
  scheduler.call(process, {
    label: `${partition} tail of ${derived}`,
    effect: () =>
      without === 'acknowledged, not committed'
        ? (group.committed[partition]?.offset ?? 0)
        : highestTold(
            topics
              .partition(derived, partition)
              .records.slice(-tailRecords)
              .filter(({ writtenIn }) => topics.isLedSince(derived, partition, writtenIn)),
          ),
    failure: failures.kafka,
  });

/** The group's offset of the partition; `isCurrent` is what the process knows of its generation. */
export function offsetsOf(
  { process, partition, scheduler, group, without }: Place,
  isCurrent: () => boolean,
): Offsets {
  let believed: { offset: number; metadata: string } | undefined;
  return {
    read() {
      if (without === 'read back the bookmark' && believed !== undefined) {
        const echo = believed;
        believed = undefined;
        return Promise.resolve(echo);
      }
      return scheduler.call(process, {
        label: `${partition} offset read`,
        effect: () => group.committed[partition] ?? { offset: undefined, metadata: '' },
        failure: failures.kafka,
      });
    },
    async commit({ offset, metadata = '' }) {
      if (!isCurrent() && without !== 'generation at commit')
        throw new StaleGeneration('acquired before the last rebalance');
      const { generation } = process;
      await scheduler.call(process, {
        label: `${partition} offset ${offset}`,
        effect: () => {
          const isTaken = group.commit(
            { partition, offset, metadata },
            { member: process, generation },
          );
          if (!isTaken) throw new KafkaUnavailable('the group refuses the generation');
        },
        failure: without === 'end when in doubt' ? failures.kafka : failures.offset,
        mishaps: { 'not sent': () => undefined },
      });
      if (isOpen(metadata)) believed = { offset, metadata };
    },
  };
}

/** Whether a bookmark says that an insert is open. */
export const isOpen = (metadata: string): boolean => decodeBookmark(metadata)?.open !== undefined;

const insertLimits = { attemptsMax: 2, retryDelayMs: 1, retryDelayMsMax: 1, tokensMax: 50 };

/** ClickHouse in memory, as a process sees it. */
export const warehouseOf = ({ process, partition, scheduler }: Place): Warehouse => ({
  database: () =>
    scheduler.call(process, {
      label: `${partition} database`,
      effect: () => ({ name: database, id: database }),
      failure: failures.clickhouse,
    }),
  lastSeen: () => database,
});

export type InsertBlocks = SharedInsertsOptions['insert'];

/** The exact insert of a process over ClickHouse in memory. */
export function exactInsertOf(
  around: Pick<Place, 'process' | 'scheduler' | 'without'>,
  inner: MemoryWarehouse,
): InsertBlocks {
  const { process, scheduler, without } = around;
  let tries = 0;
  const transport = {
    // Its tables are all of those that are told by tokens.
    insert: (block: ExactBlock, token = block.token) => {
      const used =
        without === 'same token on retry' ? `${token}?${process.name}.${tries++}` : token;
      return scheduler.call(process, {
        label: `insert ${used}`,
        effect: () => inner.insert(block, used),
        failure: failures.clickhouse,
        mishaps: {
          'killed before the part was there': () => {
            inner.dieWhileInserting(used);
            throw new ClickHouseUnavailable('killed');
          },
        },
      });
    },
    count: (block: ExactBlock) =>
      scheduler.call(process, {
        label: `count ${block.ownToken}`,
        // A block of a new range is counted only after a retry.
        effect: () =>
          without === 'count after a retry' && block.history === 'new'
            ? block.rows
            : inner.count(block),
        failure: failures.clickhouse,
      }),
    wait: () => scheduler.call(process, { label: 'waited', effect: () => undefined }),
  };
  return (blocks) => {
    const [first, ...others] = blocks;
    const tried = (block: ExactBlock): ExactBlock => {
      if (without === 'count when in doubt') return { ...block, history: 'new' };
      if (without === 'the shared token first' && block.history === 'in_doubt')
        return { ...block, token: block.ownToken };
      return block;
    };
    return insertExactly(transport, [tried(first), ...others.map(tried)], insertLimits);
  };
}

/** Time passes, as much as the others need for what they do meanwhile. */
export const waited = ({ process, partition, scheduler }: Place): Promise<void> =>
  scheduler.call(process, { label: `${partition} waited`, effect: () => undefined });

/** The order of intent and insert turned round: what is opened is committed once rows are there. */
export function insertBeforeIntent(
  offsets: Offsets,
  insert: InsertBlocks,
): { offsets: Offsets; insert: InsertBlocks } {
  let intent: { offset: number; metadata: string } | undefined;
  let isReadBack = false;
  return {
    offsets: {
      read() {
        if (!isReadBack || intent === undefined) return offsets.read();
        isReadBack = false;
        return Promise.resolve(intent);
      },
      async commit({ offset, metadata = '' }) {
        isReadBack = isOpen(metadata);
        intent = isReadBack ? { offset, metadata } : undefined;
        if (!isReadBack) await offsets.commit({ offset, metadata });
      },
    },
    async insert(blocks) {
      const outcome = await insert(blocks);
      if (intent !== undefined) await offsets.commit(intent);
      return outcome;
    },
  };
}
