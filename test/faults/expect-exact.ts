import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { System } from '../system/system.ts';

const verify = fileURLToPath(new URL('../../services/verify/verify.mjs', import.meta.url));
const outputBytesMax = 16 * 1024 * 1024;

/**
 * Recounts the system from its log alone, as `npm run verify` does: what consumers see in the topics,
 * Redis and every relation of ClickHouse must be equal to it.
 */
export async function expectExact(system: System): Promise<void> {
  const args = [verify, '--port-base', new URL(system.gatewayUrl).port];
  const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
    execFile(process.execPath, args, { maxBuffer: outputBytesMax }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
    });
  });
  expect(code, output).toBe(0);
  expect(output).toContain('Everything is equal.');
}
