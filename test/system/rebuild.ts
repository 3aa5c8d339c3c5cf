import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(
  new URL('../../infra/src/rebuild-command/rebuild.mjs', import.meta.url),
);

export interface RunningRebuild {
  readonly process: ChildProcess;
  /** What it has said so far. */
  output(): string;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly output: string }>;
}

/** Runs the command line as `npm run rebuild` does, on the system of a data folder. */
export function runRebuild(
  system: { readonly dataDir: string },
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): RunningRebuild {
  const where = ['--data', system.dataDir];
  const child = spawn(process.execPath, [command, ...args, ...where], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<{ exitCode: number | null; output: string }>((resolve) =>
    child.once('close', (exitCode) => {
      resolve({ exitCode, output });
    }),
  );
  return { process: child, output: () => output, ended };
}
