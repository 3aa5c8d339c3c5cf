import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../services/verify/verify.mjs', import.meta.url));

/** What `npm run verify` says. */
export interface Verdict {
  /** 0 equal, 1 something differs, 2 it could not be told. */
  readonly exitCode: number | null;
  readonly output: string;
}

/**
 * Runs the command line as `npm run verify` does, on what was launched on a folder. The system may go
 * on meanwhile.
 */
export function runVerify(
  system: { readonly dataDir: string },
  args: readonly string[] = [],
): Promise<Verdict> {
  const child = spawn(process.execPath, [command, '--data', system.dataDir, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.once('close', (exitCode) => resolve({ exitCode, output })));
}
