import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { awakeMs } from '../awake-clock/index.ts';
import { NotReady } from './http-probe.ts';
import { localStackLimits } from './limits.ts';
import { lastLines, rotateBeforeStart, rotateWhileOpen } from './log-file.ts';
import { stackVariable } from './process-owner.ts';
import { StartWatch, workOf, type StartLimits } from './start-watch.ts';

/** One program of a stack: how it is started and how one sees that it works. */
export interface ProcessSpec {
  /** Names DIR/run/NAME.pid and DIR/log/NAME.log. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the launcher's own environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** `log`: to DIR/log/NAME.log. `terminal`: to the terminal of who started it. */
  readonly output: 'log' | 'terminal';
  /** What must be on disk before the start; run before each start. */
  readonly prepare?: () => Promise<void>;
  /** A sentence on what to do, when it did not start and the last lines of its log show why. */
  readonly remedyFor?: (lines: readonly string[]) => string | undefined;
  /** Resolves when the program answers; anything thrown means not yet, NotReady that it said so itself. */
  readonly probe?: (signal: AbortSignal) => Promise<void>;
  /**
   * Resolves when the program answers anything at all, also that it is busy or lacks something; asked again and again
   * while it runs. It asks for nothing that another program has to answer first.
   */
  readonly alive?: (signal: AbortSignal) => Promise<void>;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that did not start, did not become ready or ended too early. The message quotes its log. */
export class ProcessFailure extends Error {
  override readonly name = 'ProcessFailure';
}

/** What runs, with its pid file. */
const living = new Map<ChildProcess, string>();
process.on('exit', () => {
  for (const [child, pidFile] of living) {
    child.kill('SIGKILL');
    rmSync(pidFile, { force: true });
  }
});

/**
 * Owns one running program. It leads a process group of its own, so that Ctrl-C in a terminal reaches
 * its owner alone, who stops everything in order; if its owner exits, it is killed.
 */
export class ManagedProcess {
  readonly spec: ProcessSpec;
  readonly pid: number;
  /** Resolves when the program has ended and its pid file is gone. */
  readonly exited: Promise<ProcessExit>;
  readonly logPath: string;
  #exit: ProcessExit | undefined;
  #notReady: string | undefined;
  readonly #child: ChildProcess;

  private constructor(owned: { spec: ProcessSpec; child: ChildProcess; pid: number; dir: string }) {
    this.spec = owned.spec;
    this.pid = owned.pid;
    this.#child = owned.child;
    this.logPath = logPath(owned.dir, owned.spec.name);
    const pidFile = join(owned.dir, 'run', `${owned.spec.name}.pid`);
    writeFileSync(pidFile, String(owned.pid));
    living.set(owned.child, pidFile);
    this.exited = new Promise((resolve) => {
      owned.child.once('exit', (code, signal) => {
        living.delete(owned.child);
        this.#exit = { code, signal };
        rmSync(pidFile, { force: true });
        resolve(this.#exit);
      });
    });
  }

  /** Starts the program for the stack on `dataDir`, without waiting for it to be ready. */
  static async spawn(spec: ProcessSpec, dataDir: string): Promise<ManagedProcess> {
    for (const folder of ['run', 'log']) mkdirSync(join(dataDir, folder), { recursive: true });
    await spec.prepare?.();
    const log = logPath(dataDir, spec.name);
    if (spec.output === 'log') await rotateBeforeStart(log);
    const output = spec.output === 'log' ? openSync(log, 'a') : 'inherit';
    const child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: { ...process.env, ...spec.env, [stackVariable]: dataDir },
      stdio: ['ignore', output, output],
      detached: true,
    });
    if (typeof output === 'number') closeSync(output);
    const pid = await pidOf(child, spec);
    return new ManagedProcess({ spec, child, pid, dir: dataDir });
  }

  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  /** Why the program, as it says itself, is not ready; undefined when it is or says nothing. */
  get notReady(): string | undefined {
    return this.#notReady;
  }

  /**
   * Resolves at the first successful probe. Throws ProcessFailure when the program ends, gives no sign of
   * life for `startSilentMsMax`, or takes longer than `startMsMax`.
   */
  async ready(limits: StartLimits = localStackLimits): Promise<void> {
    const { probe, name } = this.spec;
    if (probe === undefined) return;
    const began = awakeMs();
    const watch = new StartWatch(began);
    while (this.#exit === undefined) {
      const missing = await this.#probe(probe);
      if (missing === undefined) return;
      const now = awakeMs();
      if (missing instanceof NotReady) watch.answered(now);
      watch.saw(await workOf(this), now);
      if (now - began > limits.startMsMax)
        throw await this.#failure(
          `${name} is not ready after ${seconds(limits.startMsMax)}, which is how long a start may take ` +
            '(START_MS_MAX)',
          missing,
        );
      if (watch.silentMs(now) > limits.startSilentMsMax)
        throw await this.#failure(
          `${name} is not ready, and for ${seconds(limits.startSilentMsMax)} (START_SILENT_MS_MAX) it has ` +
            'neither answered nor written to its log nor computed',
          missing,
        );
      await Promise.race([sleep(localStackLimits.readyPollMs), this.exited]);
    }
    throw await this.#failure(`${name} ended before it was ready (${describeExit(this.#exit)})`);
  }

  /** What the probe has thrown; undefined: the program is ready. */
  async #probe(probe: NonNullable<ProcessSpec['probe']>): Promise<unknown> {
    this.#notReady = undefined;
    try {
      await probe(AbortSignal.timeout(localStackLimits.probeTimeoutMs));
      return undefined;
    } catch (error) {
      if (error instanceof NotReady) this.#notReady = error.message;
      return error ?? new Error('no reason');
    }
  }

  /** Resolves when a program that is to do one thing has ended well; throws ProcessFailure otherwise. */
  async completed(): Promise<void> {
    const exit = await this.exited;
    if (exit.code !== 0) throw await this.#failure(`${this.spec.name}: ${describeExit(exit)}`);
  }

  /** SIGTERM, a bounded wait, SIGKILL. Resolves when the program is gone; repeating it does no harm. */
  async stop(withinMs: number = localStackLimits.stopWithinMs): Promise<ProcessExit> {
    this.#signal('SIGTERM');
    const timeout = new AbortController();
    const late = sleep(withinMs, undefined, { signal: timeout.signal }).then(
      () => this.#signal('SIGKILL'),
      () => undefined,
    );
    const exit = await this.exited;
    timeout.abort();
    await late;
    return exit;
  }

  /** SIGKILL. Resolves when the program is gone. */
  async kill(): Promise<ProcessExit> {
    this.#signal('SIGKILL');
    return this.exited;
  }

  /** Cuts the log when it has become too large; for a timer of the owner. */
  async boundLog(): Promise<void> {
    if (this.spec.output === 'log') await rotateWhileOpen(this.logPath);
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#exit === undefined) this.#child.kill(signal);
  }

  async #failure(sentence: string, cause?: unknown): Promise<ProcessFailure> {
    const lines = this.spec.output === 'log' ? await lastLines(this.logPath) : [];
    const reason = cause instanceof Error ? `: ${reasonOf(cause)}` : '';
    const quoted = lines.map((line) => `\n    ${line}`).join('');
    const where = lines.length === 0 ? '' : `. The last lines of ${this.logPath}:${quoted}`;
    const remedy = this.spec.remedyFor?.(lines);
    const whatToDo = remedy === undefined ? '' : `\n${remedy}`;
    return new ProcessFailure(`${sentence}${reason}${where}${whatToDo}`, { cause });
  }
}

/** The process id in a pid file, or undefined when there is no such file or it holds none. */
export async function readPid(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const pid = Number(text.trim());
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}

/** `exit code 1` or `killed by SIGKILL`. */
export function describeExit(exit: ProcessExit): string {
  return exit.signal === null ? `exit code ${exit.code ?? 'unknown'}` : `ended by ${exit.signal}`;
}

function pidOf(child: ChildProcess, spec: ProcessSpec): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      reject(new ProcessFailure(`${spec.name} cannot be started: ${error.message}`));
    });
    child.once('spawn', () => {
      if (child.pid !== undefined) resolve(child.pid);
    });
  });
}

/** fetch says only "fetch failed"; what helps is in its cause. */
function reasonOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function logPath(dataDir: string, name: string): string {
  return join(dataDir, 'log', `${name}.log`);
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
