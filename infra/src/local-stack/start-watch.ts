import { stat } from 'node:fs/promises';
import { cpuMs } from './process-owner.ts';

/** How long a program may take until it is ready, in milliseconds. */
export interface StartLimits {
  /** From its start to the first successful probe, whatever it does. */
  readonly startMsMax: number;
  /** Without any sign of life: an answer, a line in its log, work. */
  readonly startSilentMsMax: number;
}

/** What a program has done so far. */
export interface Work {
  readonly cpuMs: number;
  readonly logBytes: number;
}

const windowMs = 5_000;
/** Of one core; a program that waits for nothing in particular needs less. */
const workingShareMin = 0.02;

/**
 * Tells for how long a program that is starting has given no sign of life. On a machine that others keep
 * busy a start takes minutes, and gets on all the time.
 */
export class StartWatch {
  #aliveAt: number;
  #window: { readonly since: number; readonly cpuMs: number } | undefined;
  #logBytes: number | undefined;

  constructor(nowMs: number) {
    this.#aliveAt = nowMs;
  }

  /** It said that it is not ready yet. */
  answered(nowMs: number): void {
    this.#aliveAt = nowMs;
  }

  /** `nowMs` must not go back. */
  saw(work: Work, nowMs: number): void {
    if (this.#logBytes !== undefined && work.logBytes !== this.#logBytes) this.#aliveAt = nowMs;
    this.#logBytes = work.logBytes;
    this.#window ??= { since: nowMs, cpuMs: work.cpuMs };
    const { since, cpuMs: before } = this.#window;
    if (nowMs - since < windowMs) return;
    if (work.cpuMs - before >= workingShareMin * (nowMs - since)) this.#aliveAt = nowMs;
    this.#window = { since: nowMs, cpuMs: work.cpuMs };
  }

  silentMs(nowMs: number): number {
    return nowMs - this.#aliveAt;
  }
}

/** What a process has done so far; nothing when it is gone or the system does not tell. */
export async function workOf(of: { pid: number; logPath: string }): Promise<Work> {
  const log = await stat(of.logPath).catch(() => undefined);
  return { cpuMs: (await cpuMs(of.pid)) ?? 0, logBytes: log?.size ?? 0 };
}
