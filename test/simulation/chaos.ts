import type { Random } from './random.ts';
import type { Simulation } from './simulation.ts';
import { inputs, type StreamWorkerName } from './stages.ts';

const rates = [0, 0.01, 0.03, 0.1];
const workers = ['grants', 'numbers', 'projector'] as const;
const streamWorkers: readonly StreamWorkerName[] = ['grants', 'numbers'];
/** Topics that can lose their end. */
const lossy = ['transactions', 'loyalty-events', 'entitlements', 'reward-events'] as const;
const livingMax = 4;

type Event = () => void | Promise<void>;

/**
 * What the world does to the processes, their stores and the topics, at moments that the seed picks.
 * Each run draws which of it can happen at all and how often: a run with everything at once hides more
 * than it shows.
 */
export class Chaos {
  readonly #simulation: Simulation;
  readonly #random: Random;
  /** Whether a store has been older or empty: it does not know what had been derived before. */
  #hasRestored = false;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#random = simulation.random;
  }

  /** For as many turns as the seed says. */
  async rage(): Promise<void> {
    const random = this.#random;
    const { scheduler } = this.#simulation;
    const rate = () => random.pick(rates);
    scheduler.climate = {
      refused: rate(),
      unanswered: rate(),
      late: rate(),
      mishap: rate(),
      slowAnswer: random.pick([0, 0.1, 0.5]),
    };
    this.#simulation.strayFetches = rate();
    const events: Event[] = [
      ...this.#always(),
      ...this.#sometimes().filter(() => random.happens(0.6)),
    ];
    const eventRate = random.pick([0.02, 0.05, 0.1]);
    const turns = 100 + random.below(500);
    for (let turn = 0; turn < turns; turn++) {
      if (random.happens(eventRate) || !(await this.#simulation.turn()))
        await random.pick(events)();
    }
  }

  #always(): Event[] {
    const simulation = this.#simulation;
    return [
      () => simulation.sell(1 + this.#random.below(4)),
      () => simulation.sell(1 + this.#random.below(4)),
      () => this.#resume(),
      () => simulation.rebalance(this.#random.pick(workers)),
      () => {
        this.#random.pick(simulation.lanes).isCheckDue = true;
      },
      () => this.#start(),
    ];
  }

  #sometimes(): Event[] {
    return [
      () => this.#crash(),
      () => this.#pause(),
      () => this.#pause(),
      () => this.#takeOver(),
      () => this.#keepCopy(),
      () => this.#restoreCopy(),
      () => this.#trim(),
      () => this.#moveOffset(),
      () => this.#simulation.endTransaction(),
      () => this.#cutPower(),
    ];
  }

  #living(state: 'running' | 'paused') {
    return this.#simulation.processes.filter((process) => process.state === state);
  }

  #crash(): void {
    const running = this.#living('running');
    if (running.length === 0) return;
    this.#simulation.endProcess(this.#random.pick(running));
  }

  #start(): void {
    const worker = this.#random.pick(workers);
    const living = [...this.#living('running'), ...this.#living('paused')];
    if (living.filter((process) => process.worker === worker).length >= livingMax) return;
    this.#simulation.startProcess(worker);
    this.#simulation.rebalance(worker);
  }

  #pause(): void {
    const running = this.#living('running');
    if (running.length === 0) return;
    const process = this.#random.pick(running);
    process.state = 'paused';
    this.#simulation.scheduler.note(`${process.name} sleeps`);
  }

  #resume(): void {
    const paused = this.#living('paused');
    if (paused.length === 0) return;
    const process = this.#random.pick(paused);
    process.state = 'running';
    this.#simulation.scheduler.note(`${process.name} wakes up`);
  }

  /** A process sleeps past its session, and another one gets its partitions. */
  #takeOver(): void {
    const running = this.#living('running');
    if (running.length === 0) return;
    const process = this.#random.pick(running);
    process.state = 'paused';
    this.#simulation.scheduler.note(`${process.name} sleeps past its session`);
    this.#simulation.rebalance(process.worker);
  }

  #keepCopy(): void {
    const worker = this.#random.pick(streamWorkers);
    this.#simulation.copies.push(this.#random.pick(this.#simulation.stores[worker]).snapshot());
    this.#simulation.scheduler.note(`a copy of a store of ${worker} is kept`);
  }

  #restoreCopy(): void {
    this.#random.pick(this.#simulation.copies)();
    this.#hasRestored = true;
    this.#simulation.scheduler.note('a store is an older copy of itself');
  }

  /** Records below the position are deleted, as if they were needed no more. */
  async #trim(): Promise<void> {
    const { stores, groups, topics, scheduler } = this.#simulation;
    const worker = this.#random.pick(workers);
    const partition = this.#random.below(groups[worker].committed.length);
    const position =
      worker === 'projector'
        ? (groups.projector.committed[partition]?.offset ?? 0)
        : ((await stores[worker][partition]?.load([]))?.position ?? 0);
    const low = this.#random.below(position + 1);
    topics.trim({ topic: inputs[worker], partition, low });
    scheduler.note(`${inputs[worker]}/${partition} is trimmed`);
  }

  /** Everything loses power, and a partition the records that were not on disk. */
  #cutPower(): void {
    const { topics } = this.#simulation;
    this.#simulation.cutPower();
    const topic = this.#hasRestored ? 'transactions' : this.#random.pick(lossy);
    const partition = this.#random.below(this.#simulation.groups.grants.committed.length);
    const { high } = topics.watermarks(topic, partition);
    const records = Math.min(high, this.#random.below(4));
    topics.loseEnd({ topic, partition, records });
    this.#simulation.scheduler.note(`${topic}/${partition} has lost ${records}`);
    this.#simulation.sell(1 + this.#random.below(4));
  }

  /** kafkajs commits the default offset when it meets one that is out of range. */
  #moveOffset(): void {
    const { groups, topics, scheduler } = this.#simulation;
    const worker = this.#random.pick(streamWorkers);
    const partition = this.#random.below(groups[worker].committed.length);
    const { low, high } = topics.watermarks(inputs[worker], partition);
    const offset = this.#random.pick([low, high]);
    groups[worker].committed[partition] = { offset, metadata: '' };
    scheduler.note(`the offset of ${worker}/${partition} is moved to ${offset}`);
  }
}
