import { createKafka } from '@semarak/infra/kafka';
import { ensureKeys, planPorts, planStack, Supervisor } from '@semarak/infra/launcher';
import { isAlive, ManagedProcess, readPid, type ProcessSpec } from '@semarak/infra/local-stack';
import { createLog } from '@semarak/infra/observability';
import type { Admin } from 'kafkajs';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Progress } from './progress.ts';
import { systemOver, type System } from '../system/system.ts';
import { until } from '../system/until.ts';

const restartMs = 100;
const logCharactersMax = 4_000;
const deathMsMax = 90_000;
const deathPollMs = 10;
const rebirthMsMax = 60_000;
const probeMsMax = 2_000;

type Environment = Readonly<Record<string, string>>;

/** A process of the system, named once and for all. */
export interface Life {
  readonly name: string;
  readonly pid: number;
}

/**
 * The whole system under the launcher's own supervision, but started again at once, without the growing
 * pause that a person's terminal wants, and with an environment of the test's choice.
 */
export interface FaultySystem extends System {
  readonly portBase: number;
  readonly admin: Admin;
  readonly progress: Progress;
  /** For the next start of a program, and for that one alone. */
  prepareNext(name: string, next: { env?: Environment; before?: () => Promise<void> }): void;
  /** Of all programs those that run. */
  lives(): Promise<readonly Life[]>;
  /** The process that runs under this name; throws when there is none. */
  life(name: string): Promise<Life>;
  /** Sends SIGKILL and waits for the end. */
  kill(life: Life): Promise<void>;
  /** Whether the process ends in this time; without one, throws when it does not. */
  died(life: Life, withinMs?: number): Promise<boolean>;
  /** Whether a service says that it is healthy. */
  answers(name: string): Promise<boolean>;
  /** Resolves to the process that has followed on this one, when it has said that it is healthy. */
  successor(life: Life): Promise<Life>;
  /** The process that has followed on this one, as soon as there is one. */
  newborn(life: Life): Promise<Life>;
  /** Starts one more process of a service, under this name. */
  startAnother(service: string, name: string): Promise<void>;
  /** Stops a program, which is not started again. */
  stopOne(name: string): Promise<void>;
}

interface Next {
  readonly env?: Environment;
  readonly before?: () => Promise<void>;
}

/** Starts everything; resolves when the gateway says that it is ready. */
export async function startFaultySystem(options: {
  readonly portBase: number;
  /** By service, beside what the launcher gives it. */
  readonly env: Readonly<Record<string, Environment>>;
}): Promise<FaultySystem> {
  const dataDir = mkdtempSync(join(tmpdir(), 'semarak-faults-'));
  const keysFile = join(dataDir, 'keys.json');
  const keys = ensureKeys(keysFile);
  const ports = planPorts(options.portBase);
  const plan = await planStack({ dataDir, ports, keys, keysFile, progress: () => undefined });
  const reports: string[] = [];
  const supervisor = new Supervisor({
    dataDir,
    report: (line) => reports.push(line),
    backoff: { first: restartMs, max: restartMs, healthyAfter: 0 },
  });
  const next = new Map<string, Next>();
  const prepared = (spec: ProcessSpec) => preparable(spec, { ...options, next });
  const services = plan.services.map(({ spec }) => spec);
  const start = (specs: readonly ProcessSpec[]) =>
    supervisor.startAll(specs.map(prepared), () => undefined);

  const runs = (name: string) => readPid(join(dataDir, 'run', `${name}.pid`));
  const log = (name: string): string =>
    readFileSync(join(dataDir, 'log', `${name}.log`), 'utf8').slice(-logCharactersMax);
  const stop = async (): Promise<number> => {
    for (const { name } of services) await supervisor.stop([name]);
    await supervisor.close();
    rmSync(dataDir, { recursive: true, force: true });
    return 0;
  };
  try {
    await start(plan.servers);
    const provision = await ManagedProcess.spawn(plan.provision, dataDir);
    await provision.completed();
    await start(services);
    await until('the gateway is healthy', rebirthMsMax, async () => {
      const answer = await fetch(`http://127.0.0.1:${options.portBase}/healthz`);
      return answer.status === 200;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  const silent = createLog({ service: 'test', level: 'silent' });
  const kafka = createKafka({ brokers: [plan.kafkaBrokers], clientId: 'faults', log: silent });
  const admin = kafka.admin();
  await admin.connect();
  const launched = {
    dataDir,
    keys,
    pid(name: string): never {
      throw new Error(`ask life() for the process of ${name}`);
    },
    log,
    stop,
  };
  const answers = async (name: string): Promise<boolean> => {
    const all = [...plan.servers, ...services];
    const probe = all.find((spec) => spec.name === name)?.probe;
    try {
      await probe?.(AbortSignal.timeout(probeMsMax));
      return true;
    } catch {
      return false;
    }
  };
  const died = async ({ name, pid }: Life, withinMs?: number): Promise<boolean> => {
    const isOver = async () => !(await isAlive(pid));
    const ends = until(`${name} has ended`, withinMs ?? deathMsMax, isOver, deathPollMs);
    if (withinMs === undefined) await ends;
    return ends.then(
      () => true,
      () => false,
    );
  };
  const system = systemOver(launched, options);
  const progress = new Progress({ admin, redisUrl: system.redisUrl });
  return {
    ...system,
    portBase: options.portBase,
    admin,
    progress,
    prepareNext: (name, prepare) => next.set(name, prepare),
    async lives() {
      const names = [...plan.servers, ...services].map(({ name }) => name);
      const found = await Promise.all(names.map(async (name) => ({ name, pid: await runs(name) })));
      return found.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]));
    },
    async life(name) {
      const pid = await runs(name);
      if (pid === undefined) throw new Error(`${name} does not run:\n${reports.join('\n')}`);
      return { name, pid };
    },
    async kill(life) {
      if (await isAlive(life.pid)) process.kill(life.pid, 'SIGKILL');
      await died(life);
    },
    died,
    answers,
    async newborn({ name, pid }) {
      let now: number | undefined;
      await until(`${name} is started again`, rebirthMsMax, async () => {
        now = await runs(name);
        return now !== undefined && now !== pid;
      });
      return { name, pid: now ?? 0 };
    },
    async successor({ name, pid }) {
      let now: number | undefined;
      await until(`${name} runs again`, rebirthMsMax, async () => {
        now = await runs(name);
        return now !== undefined && now !== pid && (await answers(name));
      });
      return { name, pid: now ?? 0 };
    },
    async startAnother(service, name) {
      const spec = services.find((candidate) => candidate.name === service);
      if (spec === undefined) throw new Error(`there is no service ${service}`);
      const { command, args, cwd, output } = spec;
      const env = { ...spec.env, ...options.env[service], METRICS_PORT: '0' };
      await start([{ name, command, args, cwd, output, env }]);
    },
    stopOne: (name) => supervisor.stop([name]),
    async close() {
      progress.close();
      await admin.disconnect();
      await system.close();
    },
  };
}

/** What the next start needs is done, and is in its environment, once. */
function preparable(
  spec: ProcessSpec,
  { env, next }: { env: Readonly<Record<string, Environment>>; next: Map<string, Next> },
): ProcessSpec {
  let own: Environment = {};
  return {
    ...spec,
    get env() {
      return { ...spec.env, ...env[spec.name], ...own };
    },
    async prepare() {
      const { env: only = {}, before } = next.get(spec.name) ?? {};
      next.delete(spec.name);
      own = only;
      await before?.();
      await spec.prepare?.();
    },
  };
}
