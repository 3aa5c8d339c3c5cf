import { createKafka } from '@semarak/infra/kafka';
import { createLog } from '@semarak/infra/observability';
import { createRedis, partitionKey, readStates, type StateRedis } from '@semarak/infra/state-store';
import {
  decodePublishedProgrammes,
  epochDayOf,
  isoDate,
  programmeFiles,
  publishedProgrammesName,
  readProgramme,
} from '@semarak/schemas';
import type { Admin } from 'kafkajs';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgrammeCommand } from '../system/programme-command.ts';
import { startSystem, type System } from '../system/system.ts';
import { until } from '../system/until.ts';

const portBase = 21_800;
const calendarPort = portBase + 14;
const programme = 'pacific-place';
const log = createLog({ service: 'test', level: 'silent' });
const dayMs = 86_400_000;

let system: System;
let admin: Admin;
let redis: StateRedis;

beforeAll(async () => {
  system = await startSystem({ portBase });
  admin = createKafka({ brokers: [`127.0.0.1:${portBase + 2}`], clientId: 'test', log }).admin();
  await admin.connect();
  redis = createRedis({ url: `redis://127.0.0.1:${portBase + 4}`, timeoutMs: 10_000, log });
});
afterAll(async () => {
  redis.disconnect();
  await admin.disconnect();
  await system.close();
});

const mallDate = (instantMs: number): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Jakarta' }).format(instantMs);
const dayAfterTomorrow = mallDate(Date.now() + 2 * dayMs);
const dayBefore = isoDate((epochDayOf(dayAfterTomorrow) ?? NaN) - 1);

const first = programmeFiles()
  .map(readProgramme)
  .find((document) => document.programme === programme);
if (first?.points === undefined) throw new Error(`${programme} ships and gives points`);
const second = {
  ...first,
  version: 2,
  effectiveFrom: `${dayAfterTomorrow}T00:00`,
  points: { ...first.points, perFullAmount: 200_000 },
};

const fileOf = (name: string, content: unknown): string => {
  const file = join(system.dataDir, name);
  writeFileSync(file, JSON.stringify(content));
  return file;
};

/** The process id of a service; undefined while it is not running. */
const pidOf = (name: string): number | undefined =>
  existsSync(join(system.dataDir, 'run', `${name}.pid`)) ? system.pid(name) : undefined;

const run = (...args: readonly string[]) => runProgrammeCommand(args);
const there = ['--port-base', String(portBase)] as const;

/** The end of each partition of `transactions`. */
async function ends(): Promise<string[]> {
  const offsets = await admin.fetchTopicOffsets('transactions');
  return offsets.sort((a, b) => a.partition - b.partition).map(({ high }) => high);
}

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${system.gatewayUrl}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${system.keys.import}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  expect([200, 202], JSON.stringify(answer)).toContain(response.status);
  return answer;
}

const member = {
  enrolledAt: `${dayBefore}T10:00:00+07:00`,
  receivedAt: `${dayBefore}T10:00:01+07:00`,
  name: 'Siti Rahma',
  gender: 'female',
  birthDate: '1984-05-17',
  address: 'Jl. Jend. Sudirman 52',
  zone: 'Kebayoran Baru',
};

const sale = (sequence: number, occurredAt: string) => ({
  programme,
  terminalId: 'V',
  businessDay: occurredAt.slice(0, 10),
  sequence,
  type: 'sale',
  tenantId: 'PP-001',
  memberId: 'V-1',
  amount: 600_000,
  currency: 'IDR',
  occurredAt: `${occurredAt}:00+07:00`,
  receivedAt: `${occurredAt}:05+07:00`,
});

describe('a gateway that says it is healthy', () => {
  it('knows every programme that ships, as every partition does', async () => {
    const shipped = programmeFiles().map(readProgramme);
    expect(shipped).toHaveLength(3);
    const { output } = await run('list', ...there);
    for (const document of shipped) {
      expect(output).toMatch(new RegExp(`${document.programme} +1 .* all 8`));
      await post('/v1/members', { ...member, programme: document.programme, memberId: 'H-1' });
    }
  });
});

describe('the calendar', () => {
  const closedDays = async (): Promise<(number | undefined)[]> =>
    Promise.all(
      (await ends()).map(async (_, partition) => {
        const key = partitionKey({ worker: 'accrual', partition });
        const { states } = await readStates(redis, { key, names: [publishedProgrammesName] });
        return decodePublishedProgrammes(states[0] ?? null).closedDays?.[programme];
      }),
    );
  const isHealthy = async (): Promise<boolean> => {
    const url = `http://127.0.0.1:${calendarPort}/healthz`;
    return (await fetch(url).catch(() => undefined))?.status === 200;
  };

  it('closes the newest day that is over in every partition, once, a restart included', async () => {
    const days = () => [2, 3].map((ago) => epochDayOf(mallDate(Date.now() - ago * dayMs)));
    await until('the day is closed everywhere', 20_000, async () =>
      (await closedDays()).every((day) => day !== undefined && days().includes(day)),
    );
    const before = await ends();
    const pid = system.pid('calendar');
    process.kill(pid, 'SIGKILL');
    await until('the calendar has looked again', 20_000, async () => {
      const now = pidOf('calendar');
      return now !== undefined && now !== pid && (await isHealthy());
    });
    expect(await ends()).toEqual(before);
  });
});

describe('a programme’s next version', () => {
  it('is refused while a field is wrong, and each is named', async () => {
    const { timeZone, ...rest } = second;
    const wrong = fileOf('wrong.json', {
      ...rest,
      currency: 'rupiah',
      points: { ...second.points, perFullAmout: 1 },
    });
    expect(timeZone).toBe('Asia/Jakarta');
    const { exitCode, output } = await run('publish', wrong, ...there);
    expect(exitCode).toBe(1);
    for (const field of ['timeZone:', 'currency:', 'points.perFullAmout:'])
      expect(output).toContain(field);
  });

  it.each([
    ['version: must be 2', { version: 3 }],
    ['version: pacific-place has a version 1 with another content', { version: 1 }],
    ['effectiveFrom: must lie after publication', { effectiveFrom: '2020-01-01T00:00' }],
    ['currency: must be IDR', { currency: 'USD' }],
    ['timeZone: must be Asia/Jakarta', { timeZone: 'Asia/Makassar' }],
    [
      'points.season.until: must lie after from',
      {
        points: {
          ...second.points,
          season: { from: '2027-01-01T00:00', until: '2026-01-01T00:00' },
        },
      },
    ],
  ])('is refused: %s', async (reason, change) => {
    const before = await ends();
    const answer = await run('publish', fileOf('next.json', { ...second, ...change }), ...there);
    expect(answer).toMatchObject({
      exitCode: 1,
      output: expect.stringContaining(reason) as string,
    });
    expect(await ends()).toEqual(before);
  });

  it('reaches every partition once; publishing it again changes nothing', async () => {
    const file = fileOf('second.json', second);
    const before = await ends();
    const published = await run('publish', file, '--data', system.dataDir);
    expect(published).toMatchObject({ exitCode: 0 });
    const after = await ends();
    expect(after).toEqual(before.map((end) => String(Number(end) + 1)));

    const again = await run('publish', file, ...there);
    expect(again).toMatchObject({ exitCode: 0 });
    expect(again.output).toContain('nothing changes');
    expect(await ends()).toEqual(after);

    const list = await run('list', ...there);
    expect(list.output).toMatch(new RegExp(`pacific-place +2 +${dayAfterTomorrow}.* all 8`));
    const diff = await run('diff', 'pacific-place@1', 'pacific-place@2', ...there);
    expect(diff.output).toContain('points.perFullAmount: 250000 → 200000');
  });

  it('decides the sales from its first minute on, the one before those until then', async () => {
    await post('/v1/members', { ...member, programme, memberId: 'V-1' });
    const wait = '/v1/transactions?wait=10000';
    // The later first: what decides is when a sale was made, not when it came.
    const later = await post(wait, sale(2, `${dayAfterTomorrow}T00:00`));
    expect(later['outcome']).toMatchObject({ result: 'posted', points: 3 });
    const earlier = await post(wait, sale(1, `${dayBefore}T23:59`));
    expect(earlier['outcome']).toMatchObject({ result: 'posted', points: 2 });

    const ledger = () =>
      system.rows<{ transaction_id: string; points: string; programme_version: number }>(
        `SELECT transaction_id, toString(sum(points)) AS points, programme_version
         FROM points_ledger WHERE member_id = 'V-1'
         GROUP BY transaction_id, programme_version ORDER BY transaction_id`,
      );
    await until('the ledger has both', 20_000, async () => (await ledger()).length === 2);
    expect(await ledger()).toEqual([
      { transaction_id: `V/${dayBefore}/1`, points: '2', programme_version: 1 },
      { transaction_id: `V/${dayAfterTomorrow}/2`, points: '3', programme_version: 2 },
    ]);
  });

  it('is published once when two publish it at the same moment, and the other is told', async () => {
    const dayLater = isoDate((epochDayOf(dayAfterTomorrow) ?? NaN) + 1);
    const third = (perFullAmount: number) =>
      fileOf(`third-${perFullAmount}.json`, {
        ...second,
        version: 3,
        effectiveFrom: `${dayLater}T00:00`,
        points: { ...second.points, perFullAmount },
      });
    const amounts = [300_000, 400_000];
    const answers = await Promise.all(
      amounts.map((amount) => run('publish', third(amount), ...there)),
    );
    const outputs = answers.map(({ output }) => output).join('\n');
    expect(answers.map(({ exitCode }) => exitCode).sort(), outputs).toEqual([0, 1]);
    expect(outputs).toContain('version 3 with another content');
    const winner = answers.findIndex(({ exitCode }) => exitCode === 0);
    const diff = await run('diff', 'pacific-place@2', 'pacific-place@3', ...there);
    expect(diff.output).toContain(`points.perFullAmount: 200000 → ${amounts[winner] ?? 0}`);
    const list = await run('list', ...there);
    expect(list.output.match(/pacific-place +3 +.*/g)).toEqual([expect.stringMatching(/ all 8$/)]);
  });

  it('is one row in ClickHouse, whatever partitions and publications there were', async () => {
    const versions = () =>
      system.rows<{ version: number }>(
        `SELECT version FROM programme_versions WHERE programme = '${programme}' ORDER BY version`,
      );
    await until('the third is there', 20_000, async () => (await versions()).length >= 3);
    expect((await versions()).map(({ version }) => version)).toEqual([1, 2, 3]);
  });
});
