import type { Halt } from '@semarak/infra/consumer-group';
import type { SharedInserts } from '@semarak/infra/projection';
import { MemoryPartitionStore } from '@semarak/infra/state-store';
import { Chaos } from './chaos.ts';
import { Group } from './group.ts';
import { Lane, type Process } from './lane.ts';
import { MemoryTopics } from './memory-topics.ts';
import { MemoryWarehouse } from './memory-warehouse.ts';
import { Random } from './random.ts';
import type { Rule } from './rules.ts';
import { calm, Scheduler } from './scheduler.ts';
import { codec, inputs, sale, type StreamWorkerName, type WorkerName } from './stages.ts';
import { projectionTask, sharedInserts, streamTask, type TaskLimits } from './tasks.ts';

export const partitionCount = 2;
const workerNames: readonly WorkerName[] = ['grants', 'numbers', 'projector'];
const members = ['ani', 'budi', 'citra', 'dewi'];
/** After the last fault: what is not at the end by then goes round in circles. */
const calmTurnsMax = 20_000;

export interface SimulationOptions {
  readonly seed: number;
  readonly without?: Rule | undefined;
  /** `fair`: nothing fails, sleeps or dies. */
  readonly weather?: 'rough' | 'fair' | undefined;
  /** Takes a line for each turn. */
  readonly schedule?: string[];
}

/**
 * The whole pipeline in one process: two stream workers one after the other and the projector, each
 * with several processes and partitions, over topics, stores and a warehouse in memory.
 */
export class Simulation {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly topics = new MemoryTopics();
  readonly warehouse = new MemoryWarehouse();
  readonly groups: Readonly<Record<WorkerName, Group>>;
  readonly stores: Readonly<Record<StreamWorkerName, readonly MemoryPartitionStore[]>>;
  readonly processes: Process[] = [];
  readonly lanes: Lane[] = [];
  readonly #limits: TaskLimits;
  readonly #without: Rule | undefined;
  readonly #weather: 'rough' | 'fair';
  #salesLeft: number;
  strayFetches = 0;
  /** Each empties a store. */
  readonly #empty: readonly (() => void)[];
  /** Each makes a store an older copy of itself; an empty one is a store that has been lost. */
  copies: (() => void)[];
  #broken: Error | undefined;

  constructor({ seed, without, weather = 'rough', schedule }: SimulationOptions) {
    this.#weather = weather;
    this.random = new Random(seed);
    this.scheduler = new Scheduler({ random: this.random, schedule });
    this.#without = without;
    this.groups = {
      grants: new Group(partitionCount),
      numbers: new Group(partitionCount),
      projector: new Group(partitionCount),
    };
    const stores = () => Array.from({ length: partitionCount }, () => new MemoryPartitionStore());
    this.stores = { grants: stores(), numbers: stores() };
    this.#empty = [...this.stores.grants, ...this.stores.numbers].map((store) => store.snapshot());
    this.copies = [...this.#empty];
    const upTo = (max: number) => 1 + this.random.below(max);
    this.#limits = {
      commitRecordsMax: upTo(4),
      chunkRecordsMax: upTo(3),
      produceAttemptsMax: upTo(3),
      cachedStatesMax: upTo(4),
      decodedStatesMax: this.random.below(4),
      rangeRecordsMax: upTo(4),
      sharedInsertRecordsMax: upTo(6),
      fetchRecordsMax: upTo(6),
    };
    this.#salesLeft = 10 + this.random.below(20);
  }

  /** Faults at first, then none until all is at its end. Throws what broke. */
  async run(): Promise<void> {
    for (const worker of workerNames) {
      this.startProcess(worker);
      this.startProcess(worker);
      this.rebalance(worker);
    }
    this.sell(3);
    if (this.#weather === 'rough') await new Chaos(this).rage();
    this.#calmDown();
    await this.#untilStill();
    // What stands at the very end is for no reader.
    for (const topic of Object.values(inputs))
      for (let partition = 0; partition < partitionCount; partition++)
        this.topics.hide(topic, partition);
    await this.#untilStill();
    // Others come, who find an offset that is not theirs, and nothing to do.
    for (const worker of ['grants', 'numbers'] as const) {
      this.groups[worker].committed.fill({ offset: 0, metadata: '' });
      this.rebalance(worker);
    }
    await this.#untilStill();
  }

  async #untilStill(): Promise<void> {
    let before: string;
    do {
      before = await this.#positions();
      for (const lane of this.lanes) lane.isCheckDue = true;
      const turnsMax = this.scheduler.turns + calmTurnsMax;
      while (await this.turn())
        if (this.scheduler.turns > turnsMax) throw new Error('it does not get to the end');
    } while (before !== (await this.#positions()));
  }

  async turn(): Promise<boolean> {
    const went = await this.scheduler.turn();
    if (this.#broken !== undefined) throw this.#broken;
    return went;
  }

  /** Terminals send some of what they have left. */
  sell(most: number): void {
    for (let count = 0; count < most && this.#salesLeft > 0; count++) {
      this.#salesLeft--;
      const member = this.random.below(members.length);
      const value = this.random.happens(0.05)
        ? Buffer.from('unreadable')
        : codec.encode(sale(members[member] ?? ''));
      const partition = member % partitionCount;
      this.topics.append([{ topic: 'transactions', partition, key: null, value }]);
    }
    this.scheduler.note('sales');
  }

  /** A transaction of somebody else ends in an input of one of the workers. */
  endTransaction(): void {
    const topic = inputs[this.random.pick(workerNames)];
    const partition = this.random.below(partitionCount);
    this.topics.hide(topic, partition);
    this.scheduler.note(`a transaction ends in ${topic}/${partition}`);
  }

  startProcess(worker: WorkerName): void {
    const name = `${worker}#${this.processes.length}`;
    const process: Process = {
      name,
      worker,
      state: 'running',
      generation: 0,
      assigned: new Set(),
    };
    this.processes.push(process);
    const inserts = sharedInserts({
      process,
      scheduler: this.scheduler,
      without: this.#without,
      limits: this.#limits,
      warehouse: this.warehouse,
    });
    for (let partition = 0; partition < partitionCount; partition++)
      this.#startLane(process, partition, inserts);
    this.scheduler.note(`${name} starts`);
  }

  /** Another one is started in its place; the group may learn of it at once or later. */
  endProcess(process: Process): void {
    this.scheduler.note(`${process.name} ends`);
    this.scheduler.kill(process);
    this.startProcess(process.worker);
    if (this.random.happens(0.7)) this.rebalance(process.worker);
  }

  /**
   * All processes die at once, with all that they have sent and that has not come; others begin. Nobody puts an older copy
   * of a store beside what the log is then.
   */
  cutPower(): void {
    const living = this.processes.filter(({ state }) => state !== 'dead');
    this.scheduler.note('the power is cut');
    this.copies = [...this.#empty];
    this.scheduler.cutPower(living);
    for (const worker of workerNames) {
      this.startProcess(worker);
      this.rebalance(worker);
    }
  }

  /** Those that are awake take part, and some that sleep but are still believed to be awake. */
  rebalance(worker: WorkerName): void {
    const taking = this.processes.filter(
      (process) =>
        process.worker === worker &&
        (process.state === 'running' || (process.state === 'paused' && this.random.happens(0.3))),
    );
    this.groups[worker].rebalance(taking, this.random);
    this.scheduler.note(`${worker} rebalanced over ${taking.map(({ name }) => name).join(' ')}`);
  }

  #startLane(process: Process, partition: number, inserts: SharedInserts): void {
    const { scheduler, topics, random } = this;
    const { worker } = process;
    const group = this.groups[worker];
    const lane = new Lane({
      process,
      partition,
      group,
      topics,
      scheduler,
      random,
      fetchRecordsMax: this.#limits.fetchRecordsMax,
      strayFetches: () => this.strayFetches,
      halted: (halt) => this.#remedy({ halt, worker, partition }),
      ended: () => this.endProcess(process),
      broken: (error) => {
        this.#broken ??= error instanceof Error ? error : new Error(String(error));
      },
    });
    this.lanes.push(lane);
    const around = {
      place: { process, partition, scheduler, topics, group, without: this.#without },
      limits: this.#limits,
      isCurrent: () => lane.isCurrent,
      partitionOf,
    };
    const { warehouse } = this;
    if (worker === 'projector') {
      void lane.run(projectionTask({ ...around, warehouse, inserts }));
      return;
    }
    const store = this.stores[worker][partition];
    if (store === undefined) throw new Error(`no store for partition ${partition}`);
    void lane.run(streamTask(worker, { ...around, store }));
  }

  /** What a Halt asks for, when records had been deleted or lost; for any other reason none may come. */
  #remedy({
    halt,
    worker,
    partition,
  }: {
    halt: Halt;
    worker: WorkerName;
    partition: number;
  }): void {
    if (this.topics.hasLost && !halt.message.includes(' begins at ')) {
      this.#makeAllAnew();
      return;
    }
    const topic = this.topics.partition(inputs[worker], partition);
    if (!topic.wasTrimmed) throw halt;
    topic.low = 0;
    this.scheduler.note(`${inputs[worker]}/${partition} restored from a copy`);
  }

  /** All that follows from `transactions`, as they are now. */
  #makeAllAnew(): void {
    this.cutPower();
    this.topics.makeAnew(['loyalty-events', 'entitlements', 'reward-events', 'dead-letters']);
    for (const empty of this.#empty) empty();
    this.warehouse.clear();
    for (const { committed } of Object.values(this.groups))
      committed.fill({ offset: undefined, metadata: '' });
    this.scheduler.note('all is made anew');
  }

  #calmDown(): void {
    this.scheduler.climate = calm;
    this.strayFetches = 0;
    this.scheduler.note('calm');
    for (const process of this.processes) if (process.state === 'paused') process.state = 'running';
    for (const worker of workerNames) {
      if (!this.processes.some((one) => one.worker === worker && one.state === 'running'))
        this.startProcess(worker);
      this.rebalance(worker);
    }
    this.sell(Number.POSITIVE_INFINITY);
  }

  /** How far everything is, as text that can be compared. */
  async #positions(): Promise<string> {
    const stored = await Promise.all(
      [...this.stores.grants, ...this.stores.numbers].map((store) => store.load([])),
    );
    return JSON.stringify([
      stored.map(({ position }) => position),
      workerNames.map((worker) => this.groups[worker].committed),
      workerNames.map((worker) =>
        Array.from({ length: partitionCount }, (_, partition) =>
          this.topics.watermarks(inputs[worker], partition),
        ),
      ),
    ]);
  }
}

/** The partition of a campaign. */
export const partitionOf = (key: string): number => key.charCodeAt(key.length - 1) % partitionCount;
