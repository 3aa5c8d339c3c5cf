import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';
import type { Keys } from './system.ts';

const launcher = fileURLToPath(new URL('../../infra/dist/launcher/main.js', import.meta.url));
/** The launcher itself gives up on what does not get on. */
const startMsMax = 280_000;
const stopMsMax = 60_000;

export interface Launched {
  readonly dataDir: string;
  readonly keys: Keys;
  /** The process id of a service or server now. */
  pid(name: string): number;
  /** The end of a service's or server's log. */
  log(name: string): string;
  /** Ctrl-C, then waits for the end and removes the folder; the exit code. */
  stop(): Promise<number | null>;
}

export interface LaunchOptions {
  readonly portBase: number;
  /** Beside that of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs the launcher without the demonstration and waits until the gateway is healthy. */
export async function startLaunched({
  portBase,
  environment = {},
}: LaunchOptions): Promise<Launched> {
  const dataDir = mkdtempSync(join(tmpdir(), 'semarak-'));
  const args = [launcher, '--no-demo', '--data', dataDir, '--port-base', String(portBase)];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const output = outputOf(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));

  const read = (path: string) => readFileSync(join(dataDir, path), 'utf8');
  await until('the gateway is healthy', startMsMax, async () => {
    if (child.exitCode !== null) throw new Error(`the launcher ended:\n${output()}`);
    const answer = await fetch(`http://127.0.0.1:${portBase}/healthz`).catch(() => undefined);
    return answer?.status === 200;
  });
  return {
    dataDir,
    keys: JSON.parse(read('keys.json')) as Keys,
    pid: (name) => Number(read(`run/${name}.pid`)),
    log: (name) => read(`log/${name}.log`).slice(-4_000),
    async stop() {
      child.kill('SIGINT');
      const late = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
      const code = await ended;
      clearTimeout(late);
      rmSync(dataDir, { recursive: true, force: true });
      return code;
    },
  };
}

function outputOf(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-8_000);
    });
  return () => text;
}
