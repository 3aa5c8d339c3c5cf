import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NotReady } from './http-probe.ts';
import { localStackLimits } from './limits.ts';
import { lastLines, rotateBeforeStart, rotateWhileOpen } from './log-file.ts';
import { ManagedProcess, readPid, type ProcessSpec } from './managed-process.ts';
import { belongsToStack, cpuMs, isAlive, startTicks } from './process-owner.ts';
import { workOf } from './start-watch.ts';

describe('a managed process', () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'semarak-process-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const program = (code: string, changed: Partial<ProcessSpec> = {}): ProcessSpec => ({
    name: 'program',
    command: process.execPath,
    args: ['-e', code],
    env: {},
    cwd: dir,
    output: 'log',
    ...changed,
  });
  const stays = 'setInterval(() => {}, 1000)';

  it('has its own process id in its pid file until it ends', async () => {
    const running = await ManagedProcess.spawn(program(stays), dir);
    expect(await readPid(join(dir, 'run', 'program.pid'))).toBe(running.pid);
    expect(await belongsToStack({ pid: running.pid, dataDir: dir })).toBe(true);
    expect(await belongsToStack({ pid: running.pid, dataDir: '/elsewhere' })).toBe(false);
    expect(await startTicks(running.pid)).toBeGreaterThan(0);
    expect(await running.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await isAlive(running.pid)).toBe(false);
    expect(readdirSync(join(dir, 'run'))).toEqual([]);
  });

  it('is killed when it does not stop in time', async () => {
    const code = `process.on('SIGTERM', () => {}); console.log('deaf'); ${stays}`;
    const running = await ManagedProcess.spawn(program(code), dir);
    await vi.waitFor(() => expect(readFileSync(running.logPath, 'utf8')).toContain('deaf'), 20_000);
    expect(await running.stop(50)).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('says why it is not ready, and what it wrote last', async () => {
    const probe = (): Promise<void> => Promise.reject(new Error('port closed'));
    const running = await ManagedProcess.spawn(program(stays, { probe }), dir);
    const short = { startMsMax: 50, startSilentMsMax: 60_000 };
    await expect(running.ready(short)).rejects.toThrow(
      /program is not ready after 0 s, .* \(START_MS_MAX\): port closed/,
    );
    const silent = { startMsMax: 60_000, startSilentMsMax: 50 };
    await expect(running.ready(silent)).rejects.toThrow(
      /neither answered nor written to its log nor computed: port closed/,
    );
    await running.kill();
    const broken = await ManagedProcess.spawn(
      program('console.log("no room"); process.exit(4)', { probe }),
      dir,
    );
    await expect(broken.ready()).rejects.toThrow(/\(exit code 4\)[^]*program\.log:\n {4}no room/);
  });

  it('is waited for, however silent, as long as it answers that it is not ready', async () => {
    let asked = 0;
    const probe = (): Promise<void> => {
      asked++;
      return asked < 20 ? Promise.reject(new NotReady('No programme yet.')) : Promise.resolve();
    };
    const running = await ManagedProcess.spawn(program(stays, { probe }), dir);
    await running.ready({ startMsMax: 60_000, startSilentMsMax: 1_000 });
    expect(asked).toBe(20);
    expect(running.notReady).toBeUndefined();
    await running.kill();
  });

  it('shows what it has done: its work and its log', async () => {
    const running = await ManagedProcess.spawn(
      program("setInterval(() => { for (let i = 0; i < 1e7; i++); console.log('on'); }, 1)"),
      dir,
    );
    const before = await workOf(running);
    await vi.waitFor(async () => {
      const { cpuMs: worked, logBytes } = await workOf(running);
      expect(worked).toBeGreaterThan(before.cpuMs + 50);
      expect(logBytes).toBeGreaterThan(before.logBytes);
    }, 60_000);
    await running.kill();
    expect(await cpuMs(running.pid)).toBeUndefined();
  });

  it('that cannot be started is named', async () => {
    const missing = program('', { command: join(dir, 'missing') });
    await expect(ManagedProcess.spawn(missing, dir)).rejects.toThrow(/^program cannot be started/);
  });

  it('has a bounded log', async () => {
    const path = join(dir, 'a.log');
    const tooLarge = Buffer.alloc(localStackLimits.logBytesMax + 1, 'x\n');
    writeFileSync(path, tooLarge);
    await rotateWhileOpen(path);
    expect([statSync(path).size, statSync(`${path}.1`).size]).toEqual([0, tooLarge.length]);
    writeFileSync(path, tooLarge);
    await rotateBeforeStart(path);
    expect(readdirSync(dir)).toEqual(['a.log.1']);
  });

  it('is quoted with its last lines only', async () => {
    const path = join(dir, 'a.log');
    expect(await lastLines(path)).toEqual([]);
    writeFileSync(path, Array.from({ length: 5_000 }, (_, line) => `line ${line}\n`).join(''));
    const lines = await lastLines(path);
    expect([lines.length, lines.at(-1)]).toEqual([localStackLimits.logLinesQuoted, 'line 4999']);
  });
});
