import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { services } from '@semarak/infra/launcher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chanceFrom } from '../faults/chance.ts';
import { startSystem, type System } from '../system/system.ts';
import { fuzz } from './fuzz.ts';
import { httpServers } from './servers.ts';

/** Decides every message; printed with the tests’ name. */
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);
/** Messages to each server; the long run has 100,000. */
const asked = process.env['FUZZ_REQUESTS'];
/** Without a wish, fewer to the servers of metrics, which are all the same program. */
const messagesTo = (name: string): number =>
  Number(asked ?? (name.startsWith('metrics') ? 60 : 300));
const portBase = 25_300;
/** Shorter than any time within which a server gives a request up. */
const answerMsMax = 30_000;
const names = [
  ...['gateway', 'reports', 'console', 'clickhouse'],
  ...services.map(({ name }) => `metrics of ${name}`),
];

describe(`malformed messages to every HTTP server (FUZZ_SEED=${seed})`, () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ portBase });
  });
  afterAll(async () => {
    await system.close();
  });

  it.each(names.map((name, at) => ({ name, at })))(
    'end, hang or upset nothing: $name',
    async ({ name, at }) => {
      const server = httpServers(portBase, system.keys)[name];
      if (server === undefined) throw new Error(`${name} is no server`);
      const { program, port, alivePath } = server;
      const pid = system.pid(program);
      const logged = errorsLogged(system, program);
      const began = performance.now();
      const chance = chanceFrom(seed + at);
      const messages = messagesTo(name);
      const { heard, faults } = await fuzz(server, { messages, answerMsMax, chance });
      const seconds = (performance.now() - began) / 1_000;
      console.log(`FUZZ_SEED=${seed} ${name}: ${tellHeard(heard, seconds)}`);
      expect(faults).toEqual([]);
      expect(system.pid(program)).toBe(pid);
      expect(logged()).toEqual([]);
      const alive = await fetch(`http://127.0.0.1:${port}${alivePath}`, {
        signal: AbortSignal.timeout(answerMsMax),
      });
      expect(alive.status).toBe(200);
    },
    3_600_000,
  );
});

/** Lines of a program’s log, from now on, that tell of an error of its own. */
function errorsLogged(system: System, program: string): () => readonly string[] {
  const file = join(system.dataDir, 'log', `${program}.log`);
  const from = statSync(file).size;
  return () =>
    readFileSync(file)
      .subarray(from)
      .toString()
      .split('\n')
      .filter((line) => /"level":(50|60)\b|^\(node:\d+\)|^\s*at /.test(line));
}

function tellHeard(heard: Readonly<Record<string, number>>, seconds: number): string {
  const sum = Object.values(heard).reduce((total, count) => total + count, 0);
  const each = Object.entries(heard)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${name}: ${count}`)
    .join(', ');
  return `${sum} in ${seconds.toFixed(1)} s, ${Math.round(sum / seconds)} a second: ${each}`;
}
