import { programmeFiles, readProgramme, type ProgrammeDocument } from '@semarak/schemas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultShares } from '../mall/options.ts';
import { transactionIdOf, type SimulatedDay, type Transaction } from '../mall/records.ts';
import { simulateDays } from '../mall/simulation.ts';
import { createRandom, shuffled } from '../random/random.ts';
import { recount, type Recount } from './recount.ts';

const programme = pacificPlace();
const seeds = fc.integer({ min: 0, max: 1_000_000 });
const runs = { numRuns: 20 };

describe('the recount of a simulated day', () => {
  it('does not depend on the order of arrival', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const day = simulate(seed);
        const order = createRandom({ seed, label: 'order' });
        const other = { ...day, transactions: shuffled(day.transactions, order) };
        expect(holdings(count(other))).toEqual(holdings(count(day)));
      }),
      runs,
    );
  });

  it('is not changed by repeats, nor by sales that are given back in parts or voided', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const day = simulate(seed);
        const more = [...day.transactions, ...day.transactions, ...undone(day)];
        expect(holdings(count({ ...day, transactions: more }))).toEqual(holdings(count(day)));
      }),
      runs,
    );
  });

  it('has points that add up, never more rights than sales, and a tier for each right', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        for (const member of count(simulate(seed)).members.values()) {
          const earned = [...member.pointsBySale.values()].reduce((sum, each) => sum + each, 0);
          expect(earned).toBe(member.points);
          if (member.tier === 'none') expect(member.pointsBySale.size).toBe(0);
          if (member.tier === 'none' || member.tier === 'temporary')
            expect(member.tickets.size + member.gifts.size).toBe(0);
          expect(member.parking.size).toBeLessThanOrEqual(1);
        }
      }),
      runs,
    );
  });
});

/** Sales of the day’s members at a till of their own, each taken back. */
function undone(day: SimulatedDay): Transaction[] {
  const sales = day.transactions.filter(({ type, memberId }) => type === 'sale' && memberId);
  return sales.slice(0, 50).flatMap((sale, index) => {
    const key = { terminalId: 'EXTRA', businessDay: sale.businessDay };
    const first = { ...sale, ...key, sequence: index * 3 + 1, amount: 7_000_000 };
    const original = { ...key, sequence: first.sequence };
    const back = (sequence: number, amount: number): Transaction => ({
      ...first,
      type: 'refund',
      sequence: first.sequence + sequence,
      amount,
      original,
    });
    return index % 2 === 0
      ? [first, back(1, 2_345_600), back(2, 4_654_400)]
      : [first, { ...first, type: 'void', sequence: first.sequence + 1, original }];
  });
}

const holdings = ({ members, reports }: Recount) => ({
  members: [...members].sort(([a], [b]) => (a < b ? -1 : 1)),
  reports: Object.entries(reports).map(([name, rows]) => [
    name,
    rows.map((row) => JSON.stringify(row)).sort(),
  ]),
});

const count = ({ enrolments, transactions }: SimulatedDay): Recount =>
  recount({ programme, enrolments, transactions, asOf: '2014-12-01' });

function simulate(seed: number): SimulatedDay {
  const shares = {
    ...defaultShares,
    refunds: 0.1,
    voids: 0.05,
    offlineTerminals: 0.1,
    tooLate: 0.02,
  };
  const mall = { programme, seed, firstDay: '2014-12-01', days: 1, members: 60, terminals: 80 };
  const [day] = simulateDays({ ...mall, salesPerDay: 400, shares, offlineDaysMax: 9 });
  if (day === undefined) throw new Error('no day was simulated');
  expect(new Set(day.transactions.map(transactionIdOf)).size).toBeGreaterThan(400);
  return day;
}

function pacificPlace(): ProgrammeDocument {
  const file = programmeFiles().find(({ pathname }) => pathname.endsWith('/pacific-place.json'));
  if (file === undefined) throw new Error('pacific-place.json is missing');
  return readProgramme(file);
}
