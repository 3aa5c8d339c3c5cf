import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isAlive, ManagedProcess, readPid, type ProcessSpec } from '../local-stack/index.ts';
import type { LaunchOptions } from './arguments.ts';
import { launch } from './launch.ts';
import type { LivenessLimits } from './liveness.ts';
import type { LaunchPlan } from './launch-plan.ts';
import { Terminal } from './terminal.ts';

/** Writes what happens to it into a journal; `once` ends by itself, `fail` fails, `stay` stays. */
const fakeProgram = `
import { appendFileSync } from 'node:fs';
const [name, journal, manner] = process.argv.slice(2);
const note = (what) => appendFileSync(journal, name + ' ' + what + '\\n');
process.on('SIGTERM', () => { note('stopped'); process.exit(0); });
note('started');
if (manner === 'fail') { console.log('there is no more room'); process.exit(3); }
if (manner === 'once') process.exit(0);
setInterval(() => {}, 1000);
`;

describe('launch, on small programs in the place of the real ones', () => {
  let dir: string;
  let dataDir: string;
  let printed: string[];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'semarak-launch-'));
    dataDir = join(dir, 'data');
    printed = [];
    writeFileSync(join(dir, 'fake.mjs'), fakeProgram);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const journalPath = (): string => join(dir, 'journal');
  const journal = (): string[] =>
    existsSync(journalPath()) ? readFileSync(journalPath(), 'utf8').trim().split('\n') : [];
  const untilNoted = (line: string, times = 1): Promise<void> =>
    vi.waitFor(
      () => expect(journal().filter((noted) => noted === line)).toHaveLength(times),
      20_000,
    );

  const fake = (name: string, manner: 'stay' | 'once' | 'fail' = 'stay'): ProcessSpec => ({
    name,
    command: process.execPath,
    args: [join(dir, 'fake.mjs'), name, journalPath(), manner],
    env: {},
    cwd: dir,
    output: 'log',
    ...(manner === 'once'
      ? {}
      : {
          probe: async () => {
            if (!journal().includes(`${name} started`)) throw new Error('not yet');
            await Promise.resolve();
          },
        }),
  });

  const plan = (changed: Partial<LaunchPlan> = {}): LaunchPlan => ({
    servers: [fake('log'), fake('state')],
    provision: fake('provision', 'once'),
    services: [
      { spec: fake('gateway'), consumerGroup: undefined },
      { spec: fake('accrual'), consumerGroup: 'accrual' },
    ],
    demonstration: fake('demonstration', 'once'),
    kafkaBrokers: '127.0.0.1:9',
    whereToLook: 'look here',
    whatRuns: 'all of it runs',
    ...changed,
  });

  const run = (options: {
    plan?: LaunchPlan;
    afterwards?: LaunchOptions['afterwards'];
    stop?: AbortSignal;
    liveness?: LivenessLimits;
  }): Promise<number> =>
    launch({
      options: {
        dataDir,
        portBase: undefined,
        extent: 'demonstration',
        afterwards: options.afterwards ?? 'stay',
        startSeconds: undefined,
      },
      terminal: new Terminal({ write: (text) => printed.push(text) }),
      stop: options.stop ?? new AbortController().signal,
      plan: () => Promise.resolve(options.plan ?? plan()),
      backoff: { first: 10, max: 40, healthyAfter: 60_000 },
      ...(options.liveness === undefined ? {} : { liveness: options.liveness }),
    });

  const nothingIsLeft = (): void => {
    expect(readdirSync(join(dataDir, 'run'))).toEqual([]);
    expect(readdirSync(dataDir)).not.toContain('launcher.json');
  };

  it('starts and stops in order, and ends after the demonstration when asked to', async () => {
    expect(await run({ afterwards: 'exit' })).toBe(0);
    const noted = journal();
    expect(noted.slice(0, 2).sort()).toEqual(['log started', 'state started']);
    expect(noted[2]).toBe('provision started');
    expect(noted.slice(3, 5).sort()).toEqual(['accrual started', 'gateway started']);
    expect(noted.slice(5, 8)).toEqual([
      'demonstration started',
      'gateway stopped',
      'accrual stopped',
    ]);
    expect(noted.slice(8).sort()).toEqual(['log stopped', 'state stopped']);
    nothingIsLeft();
  });

  it('starts a program that died again, and stays until it is told to stop', async () => {
    const stop = new AbortController();
    const running = run({ stop: stop.signal });
    await vi.waitFor(() => expect(printed.join('')).toContain('look here'), 20_000);
    const pid = await readPid(join(dataDir, 'run', 'accrual.pid'));
    process.kill(pid ?? 0, 'SIGKILL');
    await untilNoted('accrual started', 2);
    await vi.waitFor(() => expect(printed.join('')).toContain('accrual runs again'), 20_000);
    expect(await readPid(join(dataDir, 'run', 'accrual.pid'))).not.toBe(pid);
    stop.abort();
    expect(await running).toBe(0);
    expect(printed.join('')).toContain('accrual ended (ended by SIGKILL)');
    expect(journal().slice(-4, -2)).toEqual(['gateway stopped', 'accrual stopped']);
    nothingIsLeft();
  });

  it('keeps servers without services running, and says so, until it is told to stop', async () => {
    const servers = plan({ provision: undefined, services: [], demonstration: undefined });
    const stop = new AbortController();
    const running = run({ plan: servers, stop: stop.signal });
    await vi.waitFor(() => expect(printed.join('')).toContain('all of it runs'), 20_000);
    expect(journal().sort()).toEqual(['log started', 'state started']);
    stop.abort();
    expect(await running).toBe(0);
    expect(journal().slice(2).sort()).toEqual(['log stopped', 'state stopped']);
    nothingIsLeft();
  });

  it('ends a program that runs and does not answer, and starts it again', async () => {
    const stop = new AbortController();
    const hangs = { accrual: false };
    const services = plan().services.map((service) => ({
      ...service,
      spec: {
        ...service.spec,
        // As a server whose event loop stands still: connected to, and never answered.
        alive: (signal: AbortSignal): Promise<void> =>
          service.spec.name === 'accrual' && hangs.accrual
            ? new Promise((_, reject) => signal.addEventListener('abort', reject))
            : Promise.resolve(),
      },
    }));
    const liveness = { askEvery: 10, answerWithin: 20, missedMax: 3, silentFor: 100 };
    const running = run({ plan: plan({ services }), stop: stop.signal, liveness });
    await vi.waitFor(() => expect(printed.join('')).toContain('look here'), 20_000);
    const gateway = await readPid(join(dataDir, 'run', 'gateway.pid'));
    hangs.accrual = true;
    await vi.waitFor(() => expect(printed.join('')).toContain('accrual ended'), 20_000);
    hangs.accrual = false;
    await vi.waitFor(() => expect(printed.join('')).toContain('accrual runs again'), 20_000);
    expect(printed.join('')).toMatch(/accrual runs but has not answered for \d+ s; it is ended/);
    expect(await readPid(join(dataDir, 'run', 'gateway.pid'))).toBe(gateway);
    stop.abort();
    expect(await running).toBe(0);
    nothingIsLeft();
  });

  it('starts the gateway first and the others when it answers, also when it is not ready without them', async () => {
    const startedBefore: string[] = [];
    const gateway = {
      ...fake('gateway'),
      async alive() {
        if (!journal().includes('gateway started')) throw new Error('not yet');
        startedBefore.push(...journal());
        await Promise.resolve();
      },
      async probe() {
        for (const name of ['accrual', 'projector'])
          if (!journal().includes(`${name} started`)) throw new Error('Not published yet');
        await Promise.resolve();
      },
    };
    const services = [
      { spec: gateway, consumerGroup: undefined },
      { spec: fake('accrual'), consumerGroup: 'accrual' },
      { spec: fake('projector'), consumerGroup: 'projector' },
    ];
    const stop = new AbortController();
    const running = run({ plan: plan({ services }), stop: stop.signal });
    await vi.waitFor(() => expect(printed.join('')).toContain('look here'), 20_000);
    expect(startedBefore).not.toContain('accrual started');
    stop.abort();
    expect(await running).toBe(0);
    nothingIsLeft();
  });

  it('stops everything when a part does not start, and quotes what it said', async () => {
    const failing = plan({
      services: [{ spec: fake('gateway', 'fail'), consumerGroup: undefined }],
    });
    const spec = { ...fake('gateway', 'fail'), probe: () => Promise.reject(new Error('no')) };
    const services = failing.services.map((service) => ({ ...service, spec }));
    await expect(run({ plan: { ...failing, services } })).rejects.toThrow(
      /gateway ended before it was ready \(exit code 3\)[^]*there is no more room/,
    );
    expect(journal().slice(-2).sort()).toEqual(['log stopped', 'state stopped']);
    nothingIsLeft();
  });

  it('fails when what must be provided cannot be', async () => {
    const failing = plan({ provision: fake('provision', 'fail') });
    await expect(run({ plan: failing })).rejects.toThrow(/provision: exit code 3[^]*no more room/);
    expect(journal()).not.toContain('gateway started');
    nothingIsLeft();
  });

  it('stops a start that is under way', async () => {
    const stop = new AbortController();
    const running = run({ plan: plan({ provision: fake('provision') }), stop: stop.signal });
    await untilNoted('provision started');
    stop.abort();
    expect(await running).toBe(130);
    expect(journal()).toContain('provision stopped');
    expect(journal()).not.toContain('gateway started');
    nothingIsLeft();
  });

  it('refuses a folder on which a stack runs', async () => {
    const stop = new AbortController();
    const running = run({ stop: stop.signal });
    await untilNoted('log started');
    expect(await run({})).toBe(1);
    expect(printed.join('')).toContain(`A stack already runs on ${dataDir}`);
    stop.abort();
    await running;
    nothingIsLeft();
  });

  it('first stops what a killed launcher left running', async () => {
    const left = await ManagedProcess.spawn(fake('gateway'), dataDir);
    await left.ready();
    // A stranger who got an old number must not be touched: this very process.
    writeFileSync(join(dataDir, 'run', 'redis.pid'), String(process.pid));
    expect(await run({ afterwards: 'exit' })).toBe(0);
    expect(await isAlive(left.pid)).toBe(false);
    expect(journal().slice(0, 2)).toEqual(['gateway started', 'gateway stopped']);
    expect(printed.join('')).toContain('stopped what was left over: gateway');
    nothingIsLeft();
  });
});
