import { programmeFiles, readProgramme } from '@semarak/schemas';
import { isDeepStrictEqual } from 'node:util';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { businessDaysOf, type BusinessDays } from '../system/business-days.ts';
import { runProgrammeCommand } from '../system/programme-command.ts';
import { startSystem, type System } from '../system/system.ts';
import { textRows } from '../system/holdings.ts';
import { until } from '../system/until.ts';

const portBase = 21_900;
const programme = 'pacific-months';
const settleMsMax = 20_000;

let system: System;
let days: BusinessDays;

beforeAll(async () => {
  system = await startSystem({ portBase });
  // Its months are those of the real clock, by which everything here is over long ago.
  process.kill(system.pid('calendar'), 'SIGSTOP');
  days = await businessDaysOf(system);
});
afterAll(async () => {
  process.kill(system.pid('calendar'), 'SIGCONT');
  await days.disconnect();
  await system.close();
});

/** Pacific Place with a Gold of one month, a Blue of two and points good for one month more. */
function monthsDocument(): object {
  const shipped = programmeFiles()
    .map(readProgramme)
    .find((document) => document.programme === 'pacific-place');
  if (shipped === undefined) throw new Error('pacific-place ships with the product');
  const months: Record<string, number> = { blue: 2, gold: 1 };
  return {
    ...shipped,
    programme,
    points: { ...shipped.points, expiresAfterMonths: 1 },
    tiers: shipped.tiers.map((tier) => {
      const kept = months[tier.tier];
      return kept === undefined ? tier : { ...tier, keep: { months: kept } };
    }),
  };
}

async function ask(path: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${system.gatewayUrl}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${body === undefined ? system.keys.desk : system.keys.import}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  expect([200, 202], JSON.stringify(answer)).toContain(response.status);
  return answer;
}

const enrol = (memberId: string, receivedAt = '2014-12-02T10:00:01+07:00') =>
  ask('/v1/members', {
    programme,
    memberId,
    enrolledAt: '2014-12-02T10:00:00+07:00',
    receivedAt,
    name: 'Siti Rahma',
    gender: 'female',
    birthDate: '1984-05-17',
    address: 'Jl. Jend. Sudirman 52',
    zone: 'Kebayoran Baru',
  });

interface Payment {
  readonly memberId: string;
  /** At noon of this day. */
  readonly on: string;
  readonly amount: number;
  readonly receivedOn?: string;
  /** Of the sale that a refund belongs to; each member buys once a day at a till of their own. */
  readonly of?: string;
}

/** Posts a sale or a refund and returns what the till is told. */
async function pay({ memberId, on, amount, receivedOn = on, of }: Payment): Promise<unknown> {
  const answer = await ask('/v1/transactions?wait=10000', {
    programme,
    memberId,
    terminalId: memberId,
    businessDay: on,
    sequence: of === undefined ? 1 : 2,
    type: of === undefined ? 'sale' : 'refund',
    ...(of === undefined
      ? {}
      : { original: { terminalId: memberId, businessDay: of, sequence: 1 } }),
    tenantId: 'PP-001',
    amount,
    currency: 'IDR',
    occurredAt: `${on}T12:00:00+07:00`,
    receivedAt: `${receivedOn}T12:00:05+07:00`,
  });
  return answer['outcome'];
}

/** Asks until the answer is this, and fails with the difference when it does not become so. */
async function settles(
  what: string,
  { read, on }: { readonly read: () => Promise<unknown>; readonly on: unknown },
): Promise<void> {
  let answer: unknown;
  await until(what, settleMsMax, async () => {
    answer = await read();
    return isDeepStrictEqual(answer, on);
  }).catch(() => expect(answer, what).toEqual(on));
}

/** What the desk sees of members. */
const seen = (on: Readonly<Record<string, object>>) =>
  settles('the desk sees', {
    on,
    async read() {
      const views = Object.keys(on).map(async (memberId) => {
        const view = await ask(`/v1/members/${programme}/${memberId}`);
        const { tier, tierKeptThrough, points, expiringPoints } = view;
        return [memberId, { tier, tierKeptThrough, points, expiringPoints }] as const;
      });
      return Object.fromEntries(await Promise.all(views));
    },
  });

const mallTime = "formatDateTime(occurred_at, '%Y-%m-%d %H:%i', 'Asia/Jakarta')";
/** What no record has told yet comes last, in the order of months. */
const ofMember = (memberId: string) =>
  `WHERE programme = '${programme}' AND member_id = '${memberId}'
   ORDER BY source_offset < 0, if(source_offset < 0, toUnixTimestamp64Milli(occurred_at), 0),
     source_partition, source_offset, ordinal`;

/** The member’s points ledger: kind, points, balance, when. */
const ledger = (memberId: string, on: readonly string[]) =>
  settles(`the ledger of ${memberId}`, {
    on,
    read: () =>
      textRows(
        system,
        `SELECT kind, points, '=', balance, 'on', ${mallTime}
         FROM points_ledger ${ofMember(memberId)}`,
      ),
  });

/** The member’s changes of tier: from, to, why, when. */
const tierChanges = (memberId: string, on: readonly string[]) =>
  settles(`the tiers of ${memberId}`, {
    on,
    read: () =>
      textRows(
        system,
        `SELECT from_tier, '>', to_tier, reason, 'on', ${mallTime}
         FROM tier_changes ${ofMember(memberId)}`,
      ),
  });

/** Rows of `members`: tier and points by member. */
const members = (on: readonly string[]) =>
  settles('the members', {
    on,
    read: () =>
      textRows(
        system,
        `SELECT member_id, tier, points FROM members
         WHERE programme = '${programme}' ORDER BY member_id`,
      ),
  });

const rises = [
  'none > temporary activated',
  'temporary > blue spend_reached',
  'blue > gold spend_reached',
];
/** The first so many rises, all by one sale. */
const risen = (steps: number, on: string) =>
  rises.slice(0, steps).map((step) => `${step} on ${on} 12:00`);

// Gold and Blue of December are kept through January and February, its points are good through
// January, those of January through February, those of February through March.
describe('a tier of n months and points of one', () => {
  it('are published in a document', async () => {
    const file = join(system.dataDir, 'months.json');
    writeFileSync(file, JSON.stringify(monthsDocument()));
    const published = await runProgrammeCommand(['publish', file, '--data', system.dataDir]);
    expect(published).toMatchObject({ exitCode: 0 });
    await until('the gateway knows it', settleMsMax, async () => {
      const url = `${system.gatewayUrl}/v1/members`;
      const headers = {
        authorization: `Bearer ${system.keys.import}`,
        'content-type': 'application/json',
      };
      const body = JSON.stringify({ programme });
      return !(await (await fetch(url, { method: 'POST', headers, body })).text()).includes(
        'published programme',
      );
    });
  });

  it('are reached and earned in December and January', async () => {
    for (const memberId of ['K-BLUE', 'K-GOLD', 'K-QUIET']) await enrol(memberId);
    await pay({ memberId: 'K-GOLD', on: '2014-12-22', amount: 100_000_000 });
    await pay({ memberId: 'K-BLUE', on: '2014-12-20', amount: 5_000_000 });
    await pay({ memberId: 'K-QUIET', on: '2014-12-20', amount: 100_000_000 });
    await seen({
      'K-BLUE': held('blue', '2015-02-28', { '2015-01-31': 20 }),
      'K-GOLD': held('gold', '2015-01-31', { '2015-01-31': 400 }),
    });
    await pay({ memberId: 'K-GOLD', on: '2015-01-10', amount: 2_000_000 });
    await pay({ memberId: 'K-BLUE', on: '2015-01-15', amount: 5_000_000 });
    await seen({
      'K-BLUE': held('blue', '2015-03-31', { '2015-01-31': 20, '2015-02-28': 20 }),
      'K-GOLD': held('gold', '2015-01-31', { '2015-01-31': 400, '2015-02-28': 8 }),
      'K-QUIET': held('gold', '2015-01-31', { '2015-01-31': 400 }),
    });
    await members(['K-BLUE blue 40', 'K-GOLD gold 408', 'K-QUIET gold 400']);
  });

  it('are gone everywhere once January is closed, though nothing has been told', async () => {
    await days.close(programme, '2015-01-31');
    await seen({
      'K-BLUE': held('blue', '2015-03-31', { '2015-02-28': 20 }),
      'K-GOLD': held('blue', '2015-02-28', { '2015-02-28': 8 }),
      'K-QUIET': held('blue', '2015-02-28', {}),
    });
    await members(['K-BLUE blue 20', 'K-GOLD blue 8', 'K-QUIET blue 0']);
    await ledger('K-GOLD', [
      'earned 400 = 400 on 2014-12-22 12:00',
      'earned 8 = 408 on 2015-01-10 12:00',
      'expired -400 = 8 on 2015-02-01 00:00',
    ]);
    await tierChanges('K-QUIET', [
      ...risen(3, '2014-12-20'),
      'gold > blue month_closed on 2015-02-01 00:00',
    ]);
  });

  it('are told with the member’s next record, before it', async () => {
    await pay({ memberId: 'K-GOLD', on: '2015-02-02', amount: 1_000_000 });
    await tierChanges('K-GOLD', [
      ...risen(3, '2014-12-22'),
      'gold > blue month_closed on 2015-02-01 00:00',
    ]);
    await ledger('K-GOLD', [
      'earned 400 = 400 on 2014-12-22 12:00',
      'earned 8 = 408 on 2015-01-10 12:00',
      'expired -400 = 8 on 2015-02-01 00:00',
      'earned 4 = 12 on 2015-02-02 12:00',
    ]);
    await members(['K-BLUE blue 20', 'K-GOLD blue 12', 'K-QUIET blue 0']);
    await seen({ 'K-GOLD': held('blue', '2015-02-28', { '2015-02-28': 8, '2015-03-31': 4 }) });
  });

  it('that a late refund takes are given back as expired, and cost a tier still kept', async () => {
    // 50,000,000 remain of December: 200 points, all expired, and still Blue through February.
    await pay({
      ...{ memberId: 'K-GOLD', of: '2014-12-22' },
      ...{ on: '2015-02-03', amount: 50_000_000 },
    });
    await seen({ 'K-GOLD': held('blue', '2015-02-28', { '2015-02-28': 8, '2015-03-31': 4 }) });
    // 4,999,999 remain: 19 points, and December is no month of Blue any more.
    await pay({
      ...{ memberId: 'K-GOLD', of: '2014-12-22' },
      ...{ on: '2015-02-04', amount: 45_000_001 },
    });
    await seen({ 'K-GOLD': held('temporary', null, { '2015-02-28': 8, '2015-03-31': 4 }) });
    await ledger('K-GOLD', [
      'earned 400 = 400 on 2014-12-22 12:00',
      'earned 8 = 408 on 2015-01-10 12:00',
      'expired -400 = 8 on 2015-02-01 00:00',
      'earned 4 = 12 on 2015-02-02 12:00',
      'reversed -200 = -188 on 2015-02-03 12:00',
      'expired 200 = 12 on 2015-02-01 00:00',
      'reversed -181 = -169 on 2015-02-04 12:00',
      'expired 181 = 12 on 2015-02-01 00:00',
    ]);
    await members(['K-BLUE blue 20', 'K-GOLD temporary 12', 'K-QUIET blue 0']);
  });

  it('that ended in two months are told month by month', async () => {
    await days.close(programme, '2015-02-28');
    await seen({
      'K-BLUE': held('blue', '2015-03-31', {}),
      'K-GOLD': held('temporary', null, { '2015-03-31': 4 }),
      'K-QUIET': held('temporary', null, {}),
    });
    await members(['K-BLUE blue 0', 'K-GOLD temporary 4', 'K-QUIET temporary 0']);

    await pay({ memberId: 'K-QUIET', on: '2015-03-20', amount: 250_000 });
    await tierChanges('K-QUIET', [
      ...risen(3, '2014-12-20'),
      'gold > blue month_closed on 2015-02-01 00:00',
      'blue > temporary month_closed on 2015-03-01 00:00',
    ]);
    await ledger('K-QUIET', [
      'earned 400 = 400 on 2014-12-20 12:00',
      'expired -400 = 0 on 2015-02-01 00:00',
      'earned 1 = 1 on 2015-03-20 12:00',
    ]);
    // A repeated enrolment grants nothing and tells as well as any other record.
    await enrol('K-BLUE', '2015-03-03T10:00:00+07:00');
    await ledger('K-BLUE', [
      'earned 20 = 20 on 2014-12-20 12:00',
      'earned 20 = 40 on 2015-01-15 12:00',
      'expired -20 = 20 on 2015-02-01 00:00',
      'expired -20 = 0 on 2015-03-01 00:00',
    ]);
    await tierChanges('K-BLUE', risen(2, '2014-12-20'));
    await members(['K-BLUE blue 0', 'K-GOLD temporary 4', 'K-QUIET temporary 1']);
  });

  it('of a closed month still follow a late sale, but no refund that is too late', async () => {
    const late = { memberId: 'K-BLUE', on: '2015-01-20', receivedOn: '2015-03-04' };
    await pay({ ...late, amount: 250_000 });
    await ledger('K-BLUE', [
      'earned 20 = 20 on 2014-12-20 12:00',
      'earned 20 = 40 on 2015-01-15 12:00',
      'expired -20 = 20 on 2015-02-01 00:00',
      'expired -20 = 0 on 2015-03-01 00:00',
      'earned 1 = 1 on 2015-01-20 12:00',
      'expired -1 = 0 on 2015-03-01 00:00',
    ]);

    await pay({ memberId: 'K-GOLD', on: '2015-03-05', amount: 500_000 });
    const tooLate = { memberId: 'K-GOLD', of: '2015-01-10', on: '2015-03-06', amount: 250_000 };
    expect(await pay(tooLate)).toEqual({ result: 'rejected', reason: 'too_late' });
    await ledger('K-GOLD', [
      'earned 400 = 400 on 2014-12-22 12:00',
      'earned 8 = 408 on 2015-01-10 12:00',
      'expired -400 = 8 on 2015-02-01 00:00',
      'earned 4 = 12 on 2015-02-02 12:00',
      'reversed -200 = -188 on 2015-02-03 12:00',
      'expired 200 = 12 on 2015-02-01 00:00',
      'reversed -181 = -169 on 2015-02-04 12:00',
      'expired 181 = 12 on 2015-02-01 00:00',
      'expired -8 = 4 on 2015-03-01 00:00',
      'earned 2 = 6 on 2015-03-05 12:00',
    ]);
    await tierChanges('K-GOLD', [
      ...risen(3, '2014-12-22'),
      'gold > blue month_closed on 2015-02-01 00:00',
      'blue > temporary spend_reversed on 2015-02-04 12:00',
    ]);
    await members(['K-BLUE blue 0', 'K-GOLD temporary 6', 'K-QUIET temporary 1']);
    await seen({
      'K-BLUE': held('blue', '2015-03-31', {}),
      'K-GOLD': held('temporary', null, { '2015-03-31': 4, '2015-04-30': 2 }),
      'K-QUIET': held('temporary', null, { '2015-04-30': 1 }),
    });
  });

  it('add up: every ledger is the balance', async () => {
    const rows = await textRows(
      system,
      `SELECT member_id, sum(points), argMax(balance, (source_offset, ordinal))
       FROM points_ledger WHERE programme = '${programme}'
       GROUP BY member_id ORDER BY member_id`,
    );
    expect(rows).toEqual(['K-BLUE 0 0', 'K-GOLD 6 6', 'K-QUIET 1 1']);
  });

  it('are all over once the calendar itself closes days', async () => {
    process.kill(system.pid('calendar'), 'SIGCONT');
    await seen({
      'K-BLUE': held('temporary', null, {}),
      'K-GOLD': held('temporary', null, {}),
      'K-QUIET': held('temporary', null, {}),
    });
    await members(['K-BLUE temporary 0', 'K-GOLD temporary 0', 'K-QUIET temporary 0']);
  });
});

/** What the desk should see: all points in this programme are good through some day. */
function held(
  tier: string,
  tierKeptThrough: string | null,
  good: Readonly<Record<string, number>>,
): object {
  const expiringPoints = Object.entries(good).map(([through, points]) => ({ through, points }));
  const points = expiringPoints.reduce((sum, lot) => sum + lot.points, 0);
  return { tier, tierKeptThrough, points, expiringPoints };
}
