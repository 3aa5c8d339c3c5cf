import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ephemeralPorts } from './ports.ts';

const launcher = fileURLToPath(new URL('../../dist/launcher/main.js', import.meta.url));
const endsWithinMs = 50_000;

/** A start that is expected to be refused; one that is not refused in time is killed. */
function start(...args: readonly string[]) {
  const { status, stderr } = spawnSync(process.execPath, [launcher, '--no-demo', ...args], {
    encoding: 'utf8',
    timeout: endsWithinMs,
    killSignal: 'SIGKILL',
  });
  return { status, said: stderr };
}

/** Something that listens on a port that may be a base: not one of those that the system gives away. */
async function listeningBelow(end: number): Promise<{ server: Server; port: number }> {
  for (let port = end - 1_000; ; port--) {
    const server = createServer().listen(port, '127.0.0.1');
    const listening = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (listening) return { server, port };
  }
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

  it('for ports that connections of others may take names the range', () => {
    const { status, said } = start('--data', join(dir, 'data'), '--port-base', '61000');
    expect(status).toBe(2);
    expect(said).toMatch(/^--port-base must not be above \d+: .*ip_local_port_range\)\.\n/);
    expect(readdirSync(dir)).toEqual(['file']);
  });

  it('for a port that is taken leaves no folder that it made, and each that was there', async () => {
    const { server, port } = await listeningBelow(ephemeralPorts()?.first ?? 32_768);
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
