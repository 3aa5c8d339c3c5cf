import {
  damageCheck,
  damageStatement,
  dropGeneration,
  makeNextGeneration,
  makeReportDatabase,
  swapTo,
  unusedGenerations,
  type Damage,
} from '@semarak/infra/report-database';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClickHouseAlone, type ClickHouseAlone } from '../system/clickhouse-alone.ts';

const portBase = 25_070;
const table = 'semarak_1.member_enrolments';

let alone: ClickHouseAlone;
beforeAll(async () => {
  alone = await startClickHouseAlone(portBase);
});
afterAll(async () => {
  await alone.close();
});

const problemsSeenBy = (user: 'owner' | 'analyst') =>
  damageCheck({ ask: () => alone[user].query<Damage>(damageStatement), everyMs: 0 })();

/** The files of a part that nothing has been merged into. */
async function folderOfOnePart(): Promise<string> {
  const [part] = await alone.owner.query<{ path: string }>(
    `SELECT path FROM system.parts
     WHERE active AND concat(database, '.', table) = {table:String} LIMIT 1`,
    { table },
  );
  if (part === undefined) throw new Error(`${table} has no part`);
  return part.path;
}

async function enrolled(): Promise<number> {
  const [row] = await alone.analyst.query<{ members: number }>(
    'SELECT count() AS members FROM semarak.member_enrolments',
  );
  return row?.members ?? -1;
}

it('has rows that are missing told, by whoever may read, until the facts are made anew', async () => {
  await makeReportDatabase(alone.owner);
  await alone.owner.command(
    `INSERT INTO ${table} (programme, member_id, source_offset)
     SELECT 'mall', toString(number), number FROM numbers(9)`,
  );
  expect(await alone.owner.query(damageStatement)).toEqual([]);
  expect(await enrolled()).toBe(9);

  const folder = await folderOfOnePart();
  await alone.restartedAfter(() => writeFile(join(folder, 'columns.txt'), 'no columns'));
  expect(await enrolled()).toBe(0);
  for (const user of ['owner', 'analyst'] as const)
    expect(await problemsSeenBy(user)).toEqual([
      expect.stringMatching(
        /detached 1 parts of semarak_1\.member_enrolments \(.*broken-on-start\).*rebuild -- clickhouse/,
      ),
    ]);

  const next = await makeNextGeneration(alone.owner);
  await swapTo(alone.owner, next);
  for (const database of await unusedGenerations(alone.owner))
    await dropGeneration(alone.owner, database);
  expect(await alone.owner.query(damageStatement)).toEqual([]);
});

it('has a mutation told that cannot be finished', async () => {
  const { database } = await makeReportDatabase(alone.owner);
  const place = `${database}.member_enrolments`;
  await alone.owner.command(
    `INSERT INTO ${place} (programme, member_id, source_offset) VALUES ('mall', 'm', 1)`,
  );
  await alone.owner.command(
    `ALTER TABLE ${place} DELETE WHERE throwIf(source_offset = 1) = 0 SETTINGS mutations_sync = 0`,
  );
  await expect
    .poll(() => problemsSeenBy('analyst'), { timeout: 60_000 })
    .toEqual([expect.stringMatching(/cannot finish 1 mutations of .*member_enrolments/)]);
  await alone.owner.command(`KILL MUTATION WHERE database = '${database}'`);
});
