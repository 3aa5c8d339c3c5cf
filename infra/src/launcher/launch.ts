import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ManagedProcess,
  stopLeftovers,
  type ProcessSpec,
  type StartLimits,
} from '../local-stack/index.ts';
import type { LaunchOptions } from './arguments.ts';
import type { BackoffLimits } from './backoff.ts';
import type { LivenessLimits } from './liveness.ts';
import { FlowReader, type FlowFigures } from './flow-figures.ts';
import { claimDataDir } from './ownership.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { Supervisor } from './supervisor.ts';
import type { Terminal } from './terminal.ts';

/** How long a stop waits for a service to take in what is still in the log before it. */
const drainWithinMs = 15_000;
const drainPollMs = 100;
/** A stop before the end of what was asked for; the shells' number for Ctrl-C. */
const interruptedExitCode = 130;

export interface LaunchContext {
  readonly options: LaunchOptions;
  readonly terminal: Terminal;
  /** Aborted when the person wants the stack to stop. */
  readonly stop: AbortSignal;
  /** Is called when the data folder is this launcher's own and nothing of an old one runs. */
  readonly plan: () => Promise<LaunchPlan>;
  readonly backoff?: BackoffLimits;
  readonly liveness?: LivenessLimits;
  readonly start?: StartLimits;
}

/**
 * Runs a stack from its start to its end and leaves no process and no pid file behind. Returns the
 * exit code: 0 also for a stop once everything runs, which is how a stack ends. Throws, after having stopped everything, when a part does not start or fails.
 */
export async function launch(context: LaunchContext): Promise<number> {
  const { options, terminal } = context;
  const claim = await claimDataDir(options.dataDir);
  if (claim.type === 'taken') {
    terminal.block(
      `A stack already runs on ${options.dataDir} (process ${claim.pid}): end it with Ctrl-C where it runs, or choose another folder and other ports with "npm start -- --data DIR --port-base N".`,
    );
    return 1;
  }
  try {
    const leftovers = await stopLeftovers(options.dataDir);
    if (leftovers.length > 0) terminal.line(`stopped what was left over: ${leftovers.join(', ')}`);
    return await runStack(context, await context.plan());
  } finally {
    claim.release();
  }
}

async function runStack(context: LaunchContext, plan: LaunchPlan): Promise<number> {
  const { options, terminal, stop } = context;
  const stack = new RunningStack(context, plan);
  try {
    await stack.startEverything();
    if (options.afterwards === 'stay') {
      terminal.block(plan.whereToLook);
      terminal.line(plan.whatRuns);
      await stack.stay();
    }
    return 0;
  } catch (error) {
    if (stop.aborted) return interruptedExitCode;
    throw error;
  } finally {
    await stack.stopEverything();
  }
}

/** Owns what runs between start and stop. */
class RunningStack {
  readonly #context: LaunchContext;
  readonly #plan: LaunchPlan;
  readonly #supervisor: Supervisor;
  readonly #flow: FlowReader;
  /** The program that is to end by itself, if one was begun. */
  #once: Promise<ManagedProcess> | undefined;

  constructor(context: LaunchContext, plan: LaunchPlan) {
    this.#context = context;
    this.#plan = plan;
    this.#supervisor = new Supervisor({
      dataDir: context.options.dataDir,
      report: (line) => context.terminal.line(line),
      ...(context.backoff === undefined ? {} : { backoff: context.backoff }),
      ...(context.liveness === undefined ? {} : { liveness: context.liveness }),
      ...(context.start === undefined ? {} : { start: context.start }),
    });
    this.#flow = new FlowReader({
      brokers: plan.kafkaBrokers,
      consumerGroups: plan.services.flatMap(({ consumerGroup }) => consumerGroup ?? []),
    });
  }

  /** Starts what stays, in order; resolves when the demonstration, if there is one, is over. */
  async startEverything(): Promise<void> {
    await this.#start(this.#plan.servers, 'at_once');
    await this.#runToItsEnd(this.#plan.provision);
    // The tills wait for the gateway, and seven programs that load at once take each other's time.
    const services = this.#plan.services.map(({ spec }) => spec);
    await this.#start(services, 'behind_the_first');
    await this.#runToItsEnd(this.#plan.demonstration);
  }

  /** Stays until a stop is wanted; shows what flows, if there is a service through which it does. */
  async stay(): Promise<void> {
    if (this.#plan.services.length === 0) await aborted(this.#context.stop);
    else await this.#showFigures();
  }

  /** Runs a program that ends by itself; throws when it fails or a stop is wanted meanwhile. */
  async #runToItsEnd(spec: ProcessSpec | undefined): Promise<void> {
    if (spec === undefined) return;
    const { terminal, options } = this.#context;
    this.#context.stop.throwIfAborted();
    const spawned = ManagedProcess.spawn(spec, options.dataDir);
    this.#once = spawned;
    const run = async (): Promise<void> => (await spawned).completed();
    terminal.line(`${spec.name} …`);
    if (spec.output === 'terminal') await this.#unlessStopped(run());
    else await this.#waiting(run(), () => `${spec.name} …`);
    terminal.line(`${spec.name}: done`);
  }

  /** Shows what flows until a stop is wanted. */
  async #showFigures(): Promise<void> {
    const { terminal, stop } = this.#context;
    let last: { figures: FlowFigures; at: number } | undefined;
    while (!stop.aborted) {
      const at = performance.now();
      try {
        const figures = await this.#flow.read();
        const records = figures.transactions - (last?.figures.transactions ?? figures.transactions);
        const seconds = (at - (last?.at ?? at)) / 1_000;
        terminal.status(figuresLine(figures, seconds === 0 ? 0 : records / seconds));
        last = { figures, at };
      } catch (error) {
        terminal.status(`no figures: ${error instanceof Error ? error.message : String(error)}`);
      }
      await sleep(terminal.statusEveryMs, undefined, { signal: stop }).catch(() => undefined);
    }
    terminal.endStatus();
  }

  /**
   * Services in flow order, each after a bounded wait for what the one before has handed on; then
   * the servers at once.
   */
  async stopEverything(): Promise<void> {
    const { terminal } = this.#context;
    terminal.endStatus();
    terminal.line('stopping');
    await (await this.#once?.catch(() => undefined))?.stop();
    for (const { spec, consumerGroup } of this.#plan.services) {
      if (consumerGroup !== undefined) await this.#drained(consumerGroup);
      await this.#supervisor.stop([spec.name]);
    }
    await this.#flow.close().catch(() => undefined);
    await this.#supervisor.close();
    terminal.line('everything is stopped');
  }

  async #start(
    specs: readonly ProcessSpec[],
    order: 'at_once' | 'behind_the_first',
  ): Promise<void> {
    const { terminal } = this.#context;
    this.#context.stop.throwIfAborted();
    if (specs.length === 0) return;
    const missing = new Set(specs.map(({ name }) => name));
    terminal.line(`starting ${[...missing].join(', ')}`);
    const onReady = (name: string): void => {
      missing.delete(name);
      terminal.line(`${name} is ready`);
    };
    const started =
      order === 'at_once'
        ? this.#supervisor.startAll(specs, onReady)
        : this.#supervisor.startBehindFirst(specs, onReady);
    const waitedFor = (name: string): string => {
      const reason = this.#supervisor.notReady(name);
      return reason === undefined ? name : `${name} (${reason})`;
    };
    await this.#waiting(
      started,
      () => `waiting for ${[...missing].map((name) => waitedFor(name)).join(', ')}`,
    );
  }

  /** Awaits the work, unless a stop is wanted, and says what is waited for while it lasts. */
  async #waiting(work: Promise<void>, what: () => string): Promise<void> {
    const { terminal } = this.#context;
    const timer = setInterval(() => terminal.status(what()), terminal.statusEveryMs);
    try {
      await this.#unlessStopped(work);
    } finally {
      clearInterval(timer);
      terminal.endStatus();
    }
  }

  async #unlessStopped(work: Promise<void>): Promise<void> {
    const { stop } = this.#context;
    const finished = new AbortController();
    const stopped = new Promise<never>((_, reject) => {
      const onStop = (): void => reject(new Error('a stop is wanted'));
      if (stop.aborted) onStop();
      stop.addEventListener('abort', onStop, { once: true, signal: finished.signal });
    });
    try {
      await Promise.race([work, stopped]);
    } finally {
      finished.abort();
    }
  }

  /** A group without a commit has nothing to wait for, and nobody waits for a Kafka that is gone. */
  async #drained(group: string): Promise<void> {
    const deadline = performance.now() + drainWithinMs;
    while (performance.now() < deadline) {
      const figures = await this.#flow.read().catch(() => undefined);
      if ((figures?.lag[group] ?? 0) === 0) return;
      await sleep(drainPollMs);
    }
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

function figuresLine(figures: FlowFigures, perSecond: number): string {
  const behind = Object.entries(figures.lag)
    .map(([group, lag]) => `${group} ${lag?.toLocaleString('en') ?? '-'}`)
    .join(', ');
  const count = figures.transactions.toLocaleString('en');
  const rate = Math.round(perSecond).toLocaleString('en');
  return `${count} records, ${rate}/s; behind: ${behind}`;
}
