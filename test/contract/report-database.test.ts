import type { ClickHouse } from '@semarak/infra/clickhouse';
import {
  currentGeneration,
  dropGeneration,
  makeNextGeneration,
  makeReportDatabase,
  swapTo,
  unusedGenerations,
} from '@semarak/infra/report-database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startClickHouseAlone, type ClickHouseAlone } from '../system/clickhouse-alone.ts';

const portBase = 25_050;

let alone: ClickHouseAlone;
let owner: ClickHouse;
let analyst: ClickHouse;

beforeAll(async () => {
  alone = await startClickHouseAlone(portBase);
  ({ owner, analyst } = alone);
});

afterAll(async () => {
  await alone.close();
});

const enrol = (database: string, members: number) =>
  owner.command(
    `INSERT INTO ${database}.member_enrolments
       (programme, member_id, source_offset)
     SELECT 'mall', toString(number), number FROM numbers(${members})`,
  );

/** What an analyst sees: a relation over the facts, and the facts by their name. */
async function enrolled(): Promise<[number, number]> {
  const [row] = await analyst.query<{ members: number; enrolments: number }>(
    `SELECT (SELECT count() FROM semarak.members) AS members,
       (SELECT count() FROM semarak.member_enrolments) AS enrolments`,
  );
  return [row?.members ?? -1, row?.enrolments ?? -1];
}

const databases = async () =>
  (await owner.query<{ name: string }>('SELECT name FROM system.databases'))
    .map(({ name }) => name)
    .filter((name) => name.startsWith('semarak_'));

it('is made once, and its contents stay when it is made again', async () => {
  expect(await currentGeneration(owner)).toBeUndefined();
  await expect(makeNextGeneration(owner)).rejects.toThrow('no report database yet');
  expect(await makeReportDatabase(owner)).toEqual({ database: 'semarak_1', newest: 1 });
  await enrol('semarak_1', 3);
  await makeReportDatabase(owner);
  expect(await enrolled()).toEqual([3, 3]);
  await owner.command('DROP DATABASE semarak');
  expect(await makeReportDatabase(owner)).toEqual({ database: 'semarak_1', newest: 1 });
  expect(await enrolled()).toEqual([3, 3]);
});

it('is left alone when it is whole, and made again when one view of it has gone', async () => {
  const commands: string[] = [];
  const counting: Pick<ClickHouse, 'command' | 'query'> = {
    query: (...asked) => owner.query(...asked),
    command: (...statement) => {
      commands.push(statement[0]);
      return owner.command(...statement);
    },
  };
  await makeReportDatabase(counting);
  expect(commands).toEqual(['CREATE DATABASE IF NOT EXISTS semarak']);
  await owner.command('DROP VIEW semarak.members');
  await makeReportDatabase(counting);
  expect(await enrolled()).toEqual([3, 3]);
});

it('gets the columns that a database of before lacks, where a new one has them', async () => {
  const columns = () =>
    owner.query<{ table: string; name: string }>(
      `SELECT table, name FROM system.columns
       WHERE database = 'semarak_1' AND table IN ('programme_publications', 'member_profiles', 'membership_changes')
       ORDER BY table, position`,
    );
  const asMade = await columns();
  await owner.command(
    'ALTER TABLE semarak_1.programme_publications DROP COLUMN tiers, DROP COLUMN gifts',
  );
  await owner.command('ALTER TABLE semarak_1.membership_changes DROP COLUMN activated_by');
  await owner.command('ALTER TABLE semarak_1.member_profiles DROP COLUMN birth_day');
  expect(await columns()).not.toEqual(asMade);
  await makeReportDatabase(owner);
  expect(await columns()).toEqual(asMade);
});

it('keeps the publications of a database of before, and shows each version once', async () => {
  await owner.command(`INSERT INTO semarak_1.programme_publications
      (programme, version, name, source_partition, source_offset)
    VALUES ('mall', 1, 'One', 0, 7), ('mall', 1, 'One', 1, 3), ('mall', 2, 'Taken', 0, 8),
      ('mall', 2, 'Refused', 0, 9), ('mall', 2, 'Taken', 1, 4)`);
  await owner.command(
    'RENAME TABLE semarak_1.programme_publications TO semarak_1.programme_versions',
  );
  await makeReportDatabase(owner);
  expect(
    await analyst.query(
      "SELECT version, name FROM semarak.programme_versions WHERE programme = 'mall' ORDER BY version",
    ),
  ).toEqual([
    { version: 1, name: 'One' },
    { version: 2, name: 'Taken' },
  ]);
});

/** A tenant's sums, and the same of its rows. */
async function spendOfTenant(): Promise<[unknown, unknown]> {
  const sums = 'sum(standing_change) AS sales, sum(remaining_change) AS spend';
  const [summed] = await analyst.query(
    'SELECT sum(postings) AS postings, sum(sales) AS sales, sum(spend) AS spend FROM semarak.tenant_days',
  );
  const [counted] = await owner.query(
    `SELECT count() AS postings, ${sums} FROM semarak_1.sale_postings
     SETTINGS optimize_use_projections = 0`,
  );
  return [summed, counted];
}

const sell = (sales: number) =>
  owner.command(
    `INSERT INTO semarak_1.sale_postings
       (programme, transaction_id, member_id, tenant_id, business_day, remaining, remaining_change)
     SELECT 'mall', toString(number), 'M', 'T', '2014-12-01', 1000, 1000 FROM numbers(${sales})`,
  );

it('sums up what was there before its projection, what came after and what is deleted', async () => {
  await owner.command(
    `ALTER TABLE semarak_1.sale_postings
       DROP PROJECTION tenant_days, DROP COLUMN has_member, DROP COLUMN standing_change`,
  );
  await sell(10);
  await makeReportDatabase(owner);
  await sell(7);
  const [before, rowsBefore] = await spendOfTenant();
  expect(before).toEqual({ postings: 17, sales: 17, spend: 17_000 });
  expect(before).toEqual(rowsBefore);
  await owner.command('OPTIMIZE TABLE semarak_1.sale_postings FINAL');
  expect((await spendOfTenant())[0]).toEqual(before);
  await owner.command("DELETE FROM semarak_1.sale_postings WHERE transaction_id IN ('1', '2')");
  const [after, rowsAfter] = await spendOfTenant();
  expect(after).toEqual({ postings: 13, sales: 13, spend: 13_000 });
  expect(after).toEqual(rowsAfter);
  await owner.command('TRUNCATE TABLE semarak_1.sale_postings');
});

it('shows a generation or the other, and the next only when it is swapped in', async () => {
  const next = await makeNextGeneration(owner);
  expect(next).toMatchObject({ database: 'semarak_2', newest: 2 });
  await enrol('semarak_2', 5);
  await makeReportDatabase(owner);
  expect(await enrolled()).toEqual([3, 3]);
  await swapTo(owner, next);
  expect(await enrolled()).toEqual([5, 5]);
  await makeReportDatabase(owner);
  expect(await enrolled()).toEqual([5, 5]);
  expect(await currentGeneration(owner)).toEqual(next);
  expect(await unusedGenerations(owner)).toEqual(['semarak_1']);
  await expect(dropGeneration(owner, 'semarak_2')).rejects.toThrow('is not dropped');
  await dropGeneration(owner, 'semarak_1');
  expect(await databases()).toEqual(['semarak_2']);
  expect(await enrolled()).toEqual([5, 5]);
});

it('gives no number twice, and is not swapped to what was dropped', async () => {
  const abandoned = await makeNextGeneration(owner);
  expect(abandoned.database).toBe('semarak_3');
  await dropGeneration(owner, 'semarak_3');
  await expect(swapTo(owner, abandoned)).rejects.toMatchObject({ code: 'clickhouse_refused' });
  expect(await enrolled()).toEqual([5, 5]);
  expect((await makeNextGeneration(owner)).database).toBe('semarak_4');
});

it('begins with an empty generation when it cannot be told which was the current one', async () => {
  await owner.command('DROP DATABASE semarak');
  expect(await makeReportDatabase(owner)).toEqual({ database: 'semarak_5', newest: 5 });
  expect(await enrolled()).toEqual([0, 0]);
  await owner.command('DROP DATABASE semarak_5');
  expect(await currentGeneration(owner)).toBeUndefined();
});
