import type { Offsets, PartitionTask } from '@semarak/infra/consumer-group';
import { createLog, createMetrics } from '@semarak/infra/observability';
import { ProjectionTask, SharedInserts, type Pace } from '@semarak/infra/projection';
import type { PartitionStore } from '@semarak/infra/state-store';
import {
  PartitionProcessor,
  type Logic,
  type Surroundings as StreamSurroundings,
} from '@semarak/infra/stream-processor';
import {
  Appender,
  exactInsertOf,
  hasRecords,
  insertBeforeIntent,
  isInLog,
  offsetsOf,
  storeOf,
  toldAcknowledged,
  toldCause,
  verdictOf,
  waited,
  warehouseOf,
  watermarksOf,
  type InsertBlocks,
  type Place,
} from './adapters.ts';
import type { MemoryWarehouse } from './memory-warehouse.ts';
import { codec, eventOf, inputs, logics, projection, type StreamWorkerName } from './stages.ts';

const metrics = createMetrics({ service: 'simulation' });
const log = createLog({ service: 'simulation', level: 'silent' });

/** Limits so small that a handful of records meets each of them; drawn for each run. */
export interface TaskLimits {
  readonly commitRecordsMax: number;
  readonly chunkRecordsMax: number;
  readonly produceAttemptsMax: number;
  readonly cachedStatesMax: number;
  readonly decodedStatesMax: number;
  readonly rangeRecordsMax: number;
  readonly sharedInsertRecordsMax: number;
  readonly fetchRecordsMax: number;
}

interface Surroundings {
  readonly place: Place;
  readonly limits: TaskLimits;
  readonly isCurrent: () => boolean;
  readonly partitionOf: (key: string) => number;
}

/** The stream processor of one partition, around it the adapters of this simulation. */
export function streamTask(
  worker: StreamWorkerName,
  { place, limits, isCurrent, partitionOf, store }: Surroundings & { store: PartitionStore },
): PartitionTask {
  const { partition, without } = place;
  const topic = inputs[worker];
  const appender = new Appender(place);
  const offsets = offsetsOf(place, isCurrent);
  const honest = storeOf(place, store);
  const batches = new BatchNumbering(logics[worker]);
  const unfiltered = { ...logics[worker], sourceOf: () => undefined };
  return new PartitionProcessor<string>({
    worker,
    topic,
    partition,
    logic:
      without === 'pure decisions'
        ? batches.logic
        : without === 'filter'
          ? unfiltered
          : logics[worker],
    codec,
    store: {
      acquire: (token) => honest.acquire(token),
      load(names) {
        batches.begin();
        return honest.load(names);
      },
      async commit(commit) {
        await appender.drained();
        return honest.commit(commit);
      },
    },
    append: (chunk) => appender.append(chunk),
    watermarks: () => watermarksOf(place, topic),
    verdictOf: (at) => verdictOf(place, topic, at),
    hasRecords: (range) => hasRecords(place, topic, range),
    toldCause: () => toldCause(place, logics[worker].derived),
    isInLog: (record) => isInLog(place, record),
    toldAcknowledged: () => toldAcknowledged(place, logics[worker].derived),
    lag: lagOf(offsets),
    partitionOf,
    limits: {
      ...limits,
      cachedBytesMax: Infinity,
      produceRetryDelayMs: 1,
      deadLettersPerThousandMax: 1_000,
    },
    wait: () => waited(place),
    metrics,
    log,
  });
}

/** As a worker does: what could not be told is told when it is reported again. */
function lagOf(offsets: Offsets): StreamSurroundings<string>['lag'] {
  let known: number | undefined;
  return {
    async report(offset) {
      if (offset === known) return;
      try {
        if (known === undefined && (await offsets.read()).offset === offset) {
          known = offset;
          return;
        }
        known = undefined;
        await offsets.commit({ offset });
        known = offset;
      } catch {
        // It is reported again.
      }
    },
    forget() {
      known = undefined;
    },
  };
}

/** What the partitions of a process insert together. */
export function sharedInserts(
  around: Pick<Place, 'process' | 'scheduler' | 'without'> & {
    readonly limits: TaskLimits;
    readonly warehouse: MemoryWarehouse;
  },
  {
    insert = exactInsertOf(around, around.warehouse),
    name = around.process.name,
  }: { readonly insert?: InsertBlocks; readonly name?: string } = {},
): SharedInserts {
  let inserts = 0;
  return new SharedInserts({
    insert,
    recordsMax: around.limits.sharedInsertRecordsMax,
    newName: () => `${name}.${inserts++}`,
    soon: (work) => void around.scheduler.call(around.process, { label: 'soon', effect: work }),
  });
}

/** The projection of one partition into the warehouse. */
export function projectionTask({
  place,
  limits,
  isCurrent,
  warehouse: inner,
  inserts: shared,
}: Surroundings & { warehouse: MemoryWarehouse; inserts: SharedInserts }): PartitionTask {
  const { partition, without } = place;
  const topic = inputs.projector;
  const honest = offsetsOf(place, isCurrent);
  let [offsets, inserts] = [honest, shared];
  if (without === 'intent before insert') {
    const turned = insertBeforeIntent(honest, exactInsertOf(place, inner));
    offsets = turned.offsets;
    inserts = sharedInserts(
      { ...place, limits, warehouse: inner },
      { insert: turned.insert, name: `${place.process.name}/${partition}` },
    );
  }
  return new ProjectionTask({
    worker: 'projector',
    topic,
    partition,
    projection:
      without === 'rows of the projector once'
        ? { ...projection, sourceOf: () => undefined }
        : projection,
    codec,
    offsets,
    warehouse: warehouseOf(place),
    inserts,
    handedOver: () => Promise.resolve({ offset: undefined, metadata: '' }),
    append: async (records) => {
      await new Appender(place).append(records);
    },
    deadLetterShare: { count: () => undefined },
    watermarks: () => watermarksOf(place, topic),
    verdictOf: (at) => verdictOf(place, topic, at),
    hasRecords: (range) => hasRecords(place, topic, range),
    limits,
    pace: paceOf(place),
    metrics,
    log,
  });
}

/** Whoever has caught up waits for a while. */
const paceOf = (place: Place): Pace => ({
  begin() {
    let over = Promise.resolve();
    return {
      end(standing) {
        if (standing === 'caught_up') over = waited(place);
      },
      over: () => over,
    };
  },
});

/** Numbers events within a batch, in place of within their cause: other batches, other ids. */
class BatchNumbering {
  readonly logic: Logic<string>;
  #first: number | undefined;
  #count = 0;

  constructor(pure: Logic<string>) {
    this.logic = {
      ...pure,
      decide: (record, states, at, names) =>
        pure.decide(record, states, at, names).map((emission) => ({
          ...emission,
          record: {
            ...emission.record,
            value: {
              ...eventOf(emission.record),
              ...emission.record.value,
              sourceOffset: (this.#first ??= at.offset),
              ordinal: this.#count++,
            },
          } as typeof emission.record,
        })),
    };
  }

  begin(): void {
    this.#first = undefined;
    this.#count = 0;
  }
}
