import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { commandsOf, queriesOf } from '../system/readme.ts';
import { until } from '../system/until.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const portBase = 24_200;
const secondStartMsMax = 20_000;

describe('the README, word for word', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'semarak-readme-'));
  const options = ['--', '--data', dataDir, '--port-base', String(portBase)];
  let started: ChildProcess | undefined;
  afterAll(async () => {
    if (started?.exitCode === null) {
      started.kill('SIGINT');
      await until('npm start has ended', 60_000, () => started?.exitCode !== null);
    }
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('names the two commands', () => {
    expect(commandsOf(readme)).toEqual(expect.arrayContaining(['npm start', 'npm test']));
  });

  it('names only places that exist', () => {
    const places = [...readme.matchAll(/\]\(([^):]+)\)/g)].map((match) => match[1] ?? '');
    expect(places.length).toBeGreaterThan(5);
    expect(places.filter((place) => !existsSync(join(root, place)))).toEqual([]);
  });

  it('npm start -- --once runs the demonstration and ends with 0', () => {
    const run = spawnSync('npm', ['start', ...options, '--once'], { cwd: root, encoding: 'utf8' });
    expect(run.stdout + run.stderr).toContain('Members by tier');
    expect(run.status, run.stdout + run.stderr).toBe(0);
    expect(processesOf(dataDir)).toEqual([]);
  });

  it(`a second start works within ${secondStartMsMax} ms`, async () => {
    const begun = Date.now();
    started = spawn('npm', ['start', ...options, '--no-demo'], { cwd: root, stdio: 'ignore' });
    await until('the gateway is healthy', 2 * secondStartMsMax, async () => {
      const answer = await fetch(`http://127.0.0.1:${portBase}/healthz`).catch(() => undefined);
      return answer?.status === 200;
    });
    expect(Date.now() - begun).toBeLessThan(secondStartMsMax);
    await until('the reports are there', secondStartMsMax, async () => {
      const answer = await fetch(`http://127.0.0.1:${portBase + 6}/healthz`).catch(() => undefined);
      return answer?.status === 200;
    });
  });

  const shell = commandsOf(readme).filter((command) => command.startsWith('curl'));
  it.each(shell)('%s', (command) => {
    const here = command
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${portBase}`)
      .replaceAll('127.0.0.1:8086', `127.0.0.1:${portBase + 6}`)
      .replaceAll('.semarak/', `${dataDir}/`);
    const run = spawnSync('bash', ['-c', here], { cwd: root, encoding: 'utf8' });
    expect(JSON.parse(run.stdout)).toMatchObject({ programme: 'pacific-place' });
  });

  it.each([
    ['npm run rebuild -- redis', ['run', 'rebuild', '--', 'redis']],
    ['npm run rebuild -- clickhouse', ['run', 'rebuild', '--', 'clickhouse']],
    ['npm run verify', ['run', 'verify', '--']],
  ])('%s', (command, args) => {
    expect(commandsOf(readme)).toContain(command);
    const run = spawnSync('npm', [...args, '--data', dataDir], { cwd: root, encoding: 'utf8' });
    expect(run.status, run.stdout + run.stderr).toBe(0);
  });

  it('npm run dead-letters finds none', () => {
    expect(commandsOf(readme)).toContain('npm run dead-letters -- list');
    const args = ['run', '--silent', 'dead-letters', '--', 'list', '--data', dataDir];
    const run = spawnSync('npm', args, { cwd: root, encoding: 'utf8' });
    expect(run.stdout + run.stderr).toBe('No dead letters.\n');
    expect(run.status).toBe(0);
  });

  it.each(queriesOf(readme))('%s', async (sql) => {
    const keys = JSON.parse(readFileSync(join(dataDir, 'keys.json'), 'utf8')) as {
      analyst: string;
    };
    const answer = await fetch(`http://127.0.0.1:${portBase + 5}/?default_format=JSON`, {
      method: 'POST',
      headers: { 'X-ClickHouse-User': 'analyst', 'X-ClickHouse-Key': keys.analyst },
      body: sql,
    });
    const text = await answer.text();
    expect(answer.status, text).toBe(200);
    expect((JSON.parse(text) as { rows: number }).rows).toBeGreaterThan(0);
  });

  it('Ctrl-C leaves no process', async () => {
    expect(processesOf(dataDir)).not.toEqual([]);
    started?.kill('SIGINT');
    await until('npm start has ended', 60_000, () => started?.exitCode !== null);
    await until('its processes are gone', 5_000, () => processesOf(dataDir).length === 0);
    expect(readdirSync(join(dataDir, 'run'))).toEqual([]);
  });
});

/** Command lines of living processes that belong to a stack's folder. */
function processesOf(dataDir: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return environment.includes(dataDir) || command.includes(dataDir) ? [command] : [];
      } catch {
        return [];
      }
    });
}
