import type { TopicName } from '@semarak/schemas';
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { awakeMs } from '../awake-clock/index.ts';
import { createConsumer, fetchedFrom, isOutOfRange, recordsOf } from '../kafka/index.ts';
import type { Log } from '../observability/index.ts';
import { Lane } from './lane.ts';
import { beginningAgain, removePredecessors } from './predecessors.ts';
import { offsetRequests, type SendCommit } from './offset-requests.ts';
import { groupOffsets, type Offsets } from './offsets.ts';
import { Rebalanced, type InputBatch, type PartitionTask } from './partition-task.ts';
import { Silence } from './silence.ts';
import { StallWatch } from './stall-watch.ts';

export interface ConsumerGroupLimits {
  readonly sessionTimeoutMs: number;
  /** How long a fetch waits for records; also how long a seek goes unseen. */
  readonly fetchWaitMsMax: number;
  /** The same once nothing has come for a while; then a single record is answered at once. */
  readonly idleFetchWaitMsMax: number;
  /** A fetch is answered when so much is there, so that light load does not cost a request for each record. */
  readonly fetchBytesMin: number;
  readonly fetchBytesMax: number;
  readonly partitionFetchBytesMax: number;
  /** What the compressed batches of a partition in one fetch become, at most. */
  readonly decompressedBytesMax: number;
  /** How often an idle partition's owner and position are checked. */
  readonly idleCheckMs: number;
  /** Failures in a row of one partition before the worker gives up and is started afresh. */
  readonly failuresMax: number;
  readonly failureDelayMs: number;
  readonly failureDelayMsMax: number;
  /** How long a partition may stand still before its end, without an error, until the worker gives up. */
  readonly stalledAfterMs: number;
}

export interface InputPartition {
  readonly topic: TopicName;
  readonly partition: number;
}

export interface ConsumerGroupOptions {
  readonly kafka: Kafka;
  /** Of the kafka: no other process alive has it, and a killed one’s successor has it again. */
  readonly clientId: string;
  readonly groupId: string;
  readonly topics: readonly TopicName[];
  /** Partitions worked on at once, at most: with fewer than are assigned they wait for each other. */
  readonly concurrency: number;
  readonly taskFor: (at: InputPartition & { offsets: Offsets }) => PartitionTask;
  readonly limits: ConsumerGroupLimits;
  readonly log: Log;
  /** The work cannot go on; called once. */
  readonly onFatal: (error: Error) => void;
}

export interface ConsumerGroup {
  /** Sentences for an operator; empty while the group works. */
  problems(): string[];
  /** Ends the batches under way, leaves the group. */
  close(): Promise<void>;
}

/**
 * Runs a task for each partition that Kafka's group assigns here. A task's position comes from its own
 * `acquire`, never from Kafka's committed offset; one call at a time is made to each. kafkajs tells of
 * no revocation, so a task may find that it has lost its partition at any step, and says so.
 */
export async function runConsumerGroup(options: ConsumerGroupOptions): Promise<ConsumerGroup> {
  const { kafka, groupId, limits, log } = options;
  const admin = kafka.admin();
  const state = new GroupState(options.onFatal);
  const silence = new Silence({ sessionMs: limits.sessionTimeoutMs, nowMs: awakeMs() });
  const { closing: signal } = state;
  const consumer = createConsumer(kafka, {
    groupId,
    sessionTimeout: limits.sessionTimeoutMs,
    heartbeatInterval: Math.floor(limits.sessionTimeoutMs / 5),
    maxWaitTimeInMs: limits.fetchWaitMsMax,
    idleWaitMsMax: limits.idleFetchWaitMsMax,
    minBytes: limits.fetchBytesMin,
    maxBytes: limits.fetchBytesMax,
    maxBytesPerPartition: limits.partitionFetchBytesMax,
    decompressedBytesMax: limits.decompressedBytesMax,
    allowAutoTopicCreation: false,
    retry: beginningAgain({ ...options, admin, signal, patienceMs: limits.sessionTimeoutMs }),
  });
  const requests = offsetRequests({ groupId, admin, send: () => state.sendCommit });
  const lanes = new Map<string, Lane>();

  const laneFor = (at: InputPartition): Lane => {
    const name = `${at.topic}/${String(at.partition)}`;
    const known = lanes.get(name);
    if (known !== undefined) return known;
    const lane: Lane = new Lane({
      ...at,
      limits,
      log,
      task: options.taskFor({
        ...at,
        offsets: groupOffsets({
          ...at,
          requests,
          hasBatch: () => state.sendCommit !== undefined,
          isCurrent: () => lane.epoch === state.epoch,
          // The lane finds that the batch begins elsewhere and sends the consumer back.
          fetchAgain: (offset) => consumer.seek({ ...at, offset: String(offset) }),
        }),
      }),
      seek: (offset) => consumer.seek({ ...at, offset: String(offset) }),
    });
    lanes.set(name, lane);
    return lane;
  };

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    state.joined(payload.memberAssignment);
    log.info({ assignment: payload.memberAssignment }, 'joined the group');
    try {
      for (const at of state.assigned()) {
        const lane = laneFor(at);
        void lane.acquire({ epoch: state.epoch, reason: 'assigned' }).catch(state.fail);
      }
    } catch (error) {
      state.fail(error);
    }
  });
  for (const answer of [consumer.events.FETCH, consumer.events.HEARTBEAT] as const)
    consumer.on(answer, () => silence.heard(awakeMs()));
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) state.fail(payload.error);
  });

  await admin.connect();
  await removePredecessors({ ...options, admin });
  await consumer.connect();
  await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: options.concurrency,
    eachBatch: async (payload) => {
      const { topic, partition } = payload.batch;
      const lane = laneFor({ topic: topic as TopicName, partition });
      await handle(payload, { lane, state });
    },
  });
  const watching = [
    checkIdleLanes({ state, laneFor, limits }),
    watchForStalls({ state, laneFor, limits, admin }),
  ];

  return {
    problems() {
      const ofLanes = state.assigned().map((at) => laneFor(at).problem);
      const found = [silence.problem(awakeMs()), ...ofLanes];
      return [...state.problems(), ...new Set(found.filter((problem) => problem !== undefined))];
    },
    async close() {
      state.close();
      await Promise.all(watching);
      await stop(consumer);
      await admin.disconnect();
    },
  };
}

/** What the group has assigned, in which epoch, and whether the work can go on. */
class GroupState {
  readonly #onFatal: (error: Error) => void;
  readonly #closing = new AbortController();
  #assignment: InputPartition[] = [];
  #fatal: Error | undefined;
  epoch = 0;
  sendCommit: SendCommit | undefined;

  constructor(onFatal: (error: Error) => void) {
    this.#onFatal = onFatal;
  }

  readonly fail = (error: unknown): void => {
    if (this.#fatal !== undefined || this.#closing.signal.aborted) return;
    this.#fatal = error instanceof Error ? error : new Error(String(error));
    this.#onFatal(this.#fatal);
  };

  joined(assignment: Record<string, number[]>): void {
    this.epoch++;
    this.#assignment = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic: topic as TopicName, partition })),
    );
  }

  assigned(): readonly InputPartition[] {
    return this.#assignment;
  }

  isStopped(): boolean {
    return this.#fatal !== undefined || this.#closing.signal.aborted;
  }

  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  close(): void {
    this.#closing.abort();
  }

  problems(): string[] {
    if (this.#fatal !== undefined) return [this.#fatal.message];
    return this.epoch === 0 ? ['The consumer group has not assigned any partition yet.'] : [];
  }
}

async function handle(
  payload: EachBatchPayload,
  { lane, state }: { lane: Lane; state: GroupState },
): Promise<void> {
  state.sendCommit = (offsets) => payload.commitOffsetsIfNecessary(offsets);
  if (state.isStopped() || payload.isStale()) return;
  try {
    if (isOutOfRange(payload.batch)) {
      await lane.outOfRange(state.epoch);
      return;
    }
    const input = inputBatch(payload.batch);
    const position = await lane.process(input, {
      epoch: state.epoch,
      heartbeat: async () => {
        try {
          await payload.heartbeat();
        } catch (error) {
          throw new Rebalanced(error);
        }
      },
    });
    if (position === input.to) payload.resolveOffset(String(input.to - 1));
  } catch (error) {
    if (error instanceof Rebalanced) throw error.cause;
    state.fail(error);
  }
}

function inputBatch(batch: EachBatchPayload['batch']): InputBatch {
  const from = fetchedFrom(batch);
  return {
    from,
    records: recordsOf(batch),
    // All that was fetched, whether a record of it is there for readers or not.
    to: Math.max(from, Number(batch.lastOffset()) + 1),
    highWatermark: Number(batch.highWatermark),
  };
}

/** Until the group closes: a zombie that gets no records must find out all the same. */
async function checkIdleLanes({
  state,
  laneFor,
  limits,
}: {
  state: GroupState;
  laneFor: (at: InputPartition) => Lane;
  limits: ConsumerGroupLimits;
}): Promise<void> {
  while (!state.isStopped()) {
    try {
      await sleep(limits.idleCheckMs, undefined, { signal: state.closing });
      for (const at of state.assigned()) {
        if (state.isStopped()) return;
        await laneFor(at).checkIfIdle(state.epoch);
      }
    } catch (error) {
      state.fail(error);
    }
  }
}

/** Until the group closes. A log that cannot be asked is no stall. */
async function watchForStalls({
  state,
  laneFor,
  limits,
  admin,
}: {
  state: GroupState;
  laneFor: (at: InputPartition) => Lane;
  limits: ConsumerGroupLimits;
  admin: Admin;
}): Promise<void> {
  const watch = new StallWatch(limits);
  let { epoch } = state;
  while (!state.isStopped()) {
    try {
      await sleep(limits.stalledAfterMs / 4, undefined, { signal: state.closing });
      if (epoch !== state.epoch) watch.reset();
      epoch = state.epoch;
      for (const topic of new Set(state.assigned().map((at) => at.topic))) {
        const ends = await admin.fetchTopicOffsets(topic);
        for (const at of state.assigned()) {
          const end = ends.find(({ partition }) => partition === at.partition);
          if (at.topic !== topic || end === undefined) continue;
          const place = `${topic}/${at.partition}`;
          const { position } = laneFor(at);
          const stalled = watch.observe({ place, position, high: Number(end.high) }, awakeMs());
          if (stalled !== undefined) state.fail(new Error(stalled));
        }
      }
    } catch {
      watch.reset();
    }
  }
}

async function stop(consumer: Consumer): Promise<void> {
  await consumer.stop();
  await consumer.disconnect();
}
