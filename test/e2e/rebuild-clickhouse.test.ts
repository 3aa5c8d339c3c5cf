import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { createKafka } from '@semarak/infra/kafka';
import { createLog } from '@semarak/infra/observability';
import type { Admin } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runRebuild, type RunningRebuild } from '../system/rebuild.ts';
import { runSimulator } from '../system/simulator.ts';
import { startSystem, type System } from '../system/system.ts';
import { until } from '../system/until.ts';
import { runVerify } from '../system/verify.ts';

const portBase = 25_100;

let system: System;
let owner: ClickHouseClient;
let admin: Admin;

beforeAll(async () => {
  system = await startSystem({ portBase });
  owner = createClient({ url: system.ownerUrl, database: 'semarak' });
  const log = createLog({ service: 'test', level: 'silent' });
  admin = createKafka({ brokers: [system.brokers], clientId: 'test', log }).admin();
  await admin.connect();
  await load({ sales: 1_500, seed: 5 }, 'at once');
});

afterAll(async () => {
  await admin.disconnect();
  await owner.close();
  await system.close();
});

/** A simulation that is compared with its own recount; `slowly` it goes on for some ten seconds. */
async function load(
  { sales, seed }: { readonly sales: number; readonly seed: number },
  pace: 'at once' | 'slowly',
): Promise<void> {
  const args = ['load', '--transactions', String(sales), '--seed', String(seed), '--days', '40'];
  const env: Record<string, string> =
    pace === 'slowly' ? { POSTING_RECORDS_PER_S_MAX: '100', POSTING_LINES_MAX: '25' } : {};
  const { exitCode, output } = await runSimulator(system, args, env).ended;
  expect(exitCode, output).toBe(0);
}

async function ask<Row>(query: string): Promise<Row[]> {
  const result = await owner.query({ query, format: 'JSONEachRow' });
  return await result.json<Row>();
}

const generation = async (): Promise<string> =>
  (await ask<{ database: string }>('SELECT database FROM generation'))[0]?.database ?? '';

const generations = async (): Promise<string[]> =>
  (
    await ask<{ name: string }>(
      `SELECT name FROM system.databases WHERE match(name, '^semarak_[0-9]+$') ORDER BY name`,
    )
  ).map(({ name }) => name);

/** What the command has said has come this far. */
const said = (rebuild: RunningRebuild, what: RegExp): Promise<void> =>
  until(`the rebuild says ${String(what)}`, 60_000, () => what.test(rebuild.output()), 5).catch(
    (cause: unknown) => {
      throw new Error(rebuild.output(), { cause });
    },
  );

const rebuild = (env: Readonly<Record<string, string>> = {}): RunningRebuild =>
  runRebuild(system, ['clickhouse'], {
    SESSION_TIMEOUT_MS: '6000',
    PROGRESS_EVERY_MS: '100',
    ...env,
  });

/** The command and the process that does its work. */
function kill({ process: command }: RunningRebuild): void {
  if (command.pid !== undefined) process.kill(-command.pid, 'SIGKILL');
}

/** Rows are missing, and rows are there twice. */
async function damage(): Promise<void> {
  const facts = await generation();
  await owner.command({
    query: `DELETE FROM ${facts}.sale_postings WHERE source_offset % 7 = 3`,
  });
  await owner.command({
    query: `INSERT INTO ${facts}.transaction_records
      SELECT * FROM ${facts}.transaction_records WHERE source_offset % 11 = 5`,
  });
}

async function expectEqual(): Promise<void> {
  const { exitCode, output } = await runVerify(system, ['--rounds-max', '50']);
  expect(output).toContain('Everything is equal.');
  expect(exitCode).toBe(0);
}

async function expectDamaged(): Promise<void> {
  const { exitCode, output } = await runVerify(system);
  expect(output).toMatch(/^sale_postings \S+: the row is missing/m);
  expect(output).toMatch(/^transaction_records \S+: the row is there 2 times, should be once$/m);
  expect(exitCode).toBe(1);
}

/** The fewest rows that an analyst finds at a time, asked again and again until the work is over. */
async function fewestRowsDuring(work: Promise<unknown>): Promise<number> {
  const over = new AbortController();
  const ended = work.finally(() => over.abort());
  let fewest = Infinity;
  while (!over.signal.aborted) {
    const [row] = await system.rows<{ n: string }>(
      'SELECT uniqExact(source_partition, source_offset) AS n FROM transactions',
    );
    fewest = Math.min(fewest, Number(row?.n));
  }
  await ended;
  return fewest;
}

const rebuildGroups = async (): Promise<string[]> =>
  (await admin.listGroups()).groups
    .map(({ groupId }) => groupId)
    .filter((groupId) => groupId.startsWith('projector-'));

it('makes damaged contents whole while the load goes on, and analysts see them full', async () => {
  await damage();
  await expectDamaged();
  const before = await fewestRowsDuring(sleep(1));
  const loading = load({ sales: 1_200, seed: 6 }, 'slowly');
  const { ended } = rebuild();
  const fewest = await fewestRowsDuring(ended);
  const { exitCode, output } = await ended;
  expect(output).toMatch(/filling semarak_2[^]*\d+ % \([^]*swapped[^]*done: /);
  expect(exitCode, output).toBe(0);
  expect(fewest).toBeGreaterThanOrEqual(before);
  expect(await generations()).toEqual(['semarak_2']);
  expect(await rebuildGroups()).toEqual([]);
  await loading;
  await expectEqual();
});

it('leaves what is read as it is when it is killed, and is right when it is run again', async () => {
  const killed = rebuild({
    ROUND_MS_MAX: '5000',
    ROUND_REST_PERCENT: '100000',
    RANGE_RECORDS_MAX: '20',
  });
  await said(killed, /[1-9]\d? % \(/);
  kill(killed);
  await killed.ended;
  expect(await generation()).toBe('semarak_2');
  expect(await generations()).toEqual(['semarak_2', 'semarak_3']);
  await damage();
  const loading = load({ sales: 700, seed: 7 }, 'slowly');
  const { exitCode, output } = await rebuild().ended;
  expect(output).toMatch(/dropping semarak_3[^]*filling semarak_4/);
  expect(exitCode, output).toBe(0);
  expect(await generations()).toEqual(['semarak_4']);
  await loading;
  await expectEqual();
});

it.each([
  { killed: 'the projector', index: 5 },
  { killed: 'the rebuild and the projector', index: 6 },
])('is exact when $killed is killed right after the swap', async ({ killed, index }) => {
  const loading = load({ sales: 700, seed: 10 + index }, 'slowly');
  const running = rebuild();
  await said(running, /swapped/);
  process.kill(system.pid('projector'), 'SIGKILL');
  if (killed !== 'the projector') kill(running);
  const { exitCode, output } = await running.ended;
  if (killed === 'the projector') expect(exitCode, output).toBe(0);
  expect(await generation()).toBe(`semarak_${index}`);
  await loading;
  await expectEqual();
});
