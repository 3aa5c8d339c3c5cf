import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { System } from './system.ts';

const main = fileURLToPath(new URL('../../services/simulator/dist/main.js', import.meta.url));
const outputCharactersMax = 20_000;

export interface SimulatorRun {
  readonly ended: Promise<{ exitCode: number | null; output: string }>;
  /** The output when it has ended with a failure already. */
  endedEarly(): string | undefined;
}

/** Runs the simulator's command line against a system, as the launcher does. */
export function runSimulator(
  system: Pick<System, 'gatewayUrl' | 'dataDir' | 'clickhouseUrl'>,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): SimulatorRun {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      GATEWAY_URL: system.gatewayUrl,
      CLICKHOUSE_URL: system.clickhouseUrl,
      KEYS_FILE: join(system.dataDir, 'keys.json'),
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-outputCharactersMax);
    });
  return {
    ended: new Promise((resolve) =>
      child.once('close', (exitCode) => resolve({ exitCode, output })),
    ),
    endedEarly: () => (child.exitCode === null || child.exitCode === 0 ? undefined : output),
  };
}
