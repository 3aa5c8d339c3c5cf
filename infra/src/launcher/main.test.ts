import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const launcher = fileURLToPath(new URL('../../dist/launcher/main.js', import.meta.url));
const endsWithinMs = 10_000;

/** A start that is expected to be refused; one that is not refused in time is killed. */
function start(...args: readonly string[]) {
  const { status, stderr } = spawnSync(process.execPath, [launcher, '--no-demo', ...args], {
    encoding: 'utf8',
    timeout: endsWithinMs,
    killSignal: 'SIGKILL',
  });
  return { status, said: stderr };
}

describe('a start that is refused', () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'semarak-start-'));
    writeFileSync(join(dir, 'file'), '');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it.each([
    ['below /proc', () => '/proc/semarak/data'],
    ['below a file', () => join(dir, 'file', 'data')],
    ['that is a file', () => join(dir, 'file')],
  ])('for a data folder %s ends with one sentence that names the option', (_, folder) => {
    const { status, said } = start('--data', folder());
    expect(status).toBe(1);
    expect(said).toMatch(/^The data folder .* cannot be used \(E[A-Z]+\): .*--data DIR.*\n$/);
    expect(said).toContain(folder());
    expect(readdirSync(dir)).toEqual(['file']);
  });

  it('for a port that is taken leaves no folder that it made, and each that was there', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      const folder = join(dir, 'new', 'data');
      const { status, said } = start('--data', folder, '--port-base', String(port));
      expect(status).toBe(1);
      expect(said).toContain('in use');
      expect(readdirSync(dir)).toEqual(['file']);
      const there = mkdtempSync(join(dir, 'there-'));
      start('--data', there, '--port-base', String(port));
      expect(existsSync(there)).toBe(true);
    } finally {
      server.close();
    }
  });
});
