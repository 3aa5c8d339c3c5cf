import { programmeFiles, readProgramme, type ProgrammeDocument } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import type { Enrolment, Transaction } from '../mall/records.ts';
import { recount } from './recount.ts';
import { ageBand } from './reports.ts';

const programme = pacificPlace();

describe('joining', () => {
  it('begins with the first sale of at least Rp500.000 at or after enrolment', () => {
    expect(after([sale(1, '09:59', 600_000)])).toMatchObject({ tier: 'none', points: 0 });
    expect(after([sale(1, '10:00', 499_900)])).toMatchObject({ tier: 'none', points: 0 });
    expect(after([sale(1, '10:00', 500_000)])).toMatchObject({ tier: 'temporary', points: 2 });
    const later = after([sale(1, '10:00', 499_900), sale(2, '10:01', 500_000)]);
    expect(later).toMatchObject({ tier: 'temporary', points: 2 });
  });
});

describe('tiers', () => {
  it('follow the month’s spend, the sale that reaches one included', () => {
    const blue = after([sale(1, '11:00', 4_999_900), sale(2, '12:00', 500_000)]);
    expect(blue.tier).toBe('blue');
    expect([...blue.tickets.keys()]).toEqual(['T/2014-12-01/2']);
    expect(after([sale(1, '11:00', 4_999_900)])).toMatchObject({ tier: 'temporary', points: 19 });
    expect(after([sale(1, '11:00', 100_000_000)]).tier).toBe('gold');
  });

  it('fall with a refund, and with them what only they allowed', () => {
    const sales = [sale(1, '11:00', 4_500_000), sale(2, '12:00', 800_000)];
    expect(after(sales).gifts.size).toBe(1);
    const fallen = after([...sales, refund(3, '13:00', { of: 1, amount: 500_000 })]);
    expect(fallen).toMatchObject({ tier: 'temporary', points: 16 + 3 });
    expect(fallen.gifts.size + fallen.tickets.size).toBe(0);
  });
});

describe('gifts', () => {
  it.each([
    [749_900, undefined],
    [750_000, 'magic-balloon'],
    [999_900, 'magic-balloon'],
    [1_000_000, 'teddy-bear'],
  ])('for %d: %s', (amount, gift) => {
    const { gifts } = after([sale(1, '11:00', 5_000_000), sale(2, '12:00', amount)]);
    expect(gifts.get('T/2014-12-01/2')?.gift).toBe(gift);
  });
});

describe('parking', () => {
  it.each([
    ['17:59', 500_000, 0],
    ['18:00', 500_000, 1],
    ['18:00', 499_900, 0],
    ['21:59', 500_000, 1],
    ['22:00', 500_000, 0],
  ])('at %s for %d: %d', (time, amount, grants) => {
    const { parking } = after([sale(1, '11:00', 500_000), sale(2, time, amount)]);
    expect(parking.size).toBe(grants);
  });

  it('is granted once a business day', () => {
    const { parking } = after([sale(1, '18:00', 500_000), sale(2, '19:00', 500_000)]);
    expect([...parking]).toEqual(['T/2014-12-01/1']);
  });
});

describe('refunds and voids', () => {
  const sales = [sale(1, '11:00', 1_000_000)];

  it('refuse what exceeds the rest of the sale, in the order of the till', () => {
    const { refused, sales: left } = count([
      ...sales,
      refund(2, '12:00', { of: 1, amount: 700_000 }),
      refund(3, '12:01', { of: 1, amount: 400_000 }),
      refund(4, '12:02', { of: 1, amount: 300_000 }),
    ]);
    expect([...refused]).toEqual([['T/2014-12-01/3', 'refund_exceeds_sale']]);
    expect(left[0]?.remaining).toBe(0);
  });

  it('refuse a refund of a voided sale', () => {
    const { refused } = count([
      ...sales,
      refund(2, '12:00', { of: 1, amount: 100_000 }),
      voided(3, '12:01', 1),
    ]);
    expect([...refused]).toEqual([['T/2014-12-01/2', 'sale_voided']]);
  });

  it('are refused once the sale’s correction window is over, and the sale too', () => {
    const late = (record: Transaction, days: number): Transaction => ({
      ...record,
      receivedAt: new Date(Date.parse(record.occurredAt) + days * 86_400_000).toISOString(),
    });
    const back = refund(2, '12:00', { of: 1, amount: 100_000 });
    expect([...count([...sales, late(back, 45)]).refused]).toEqual([
      ['T/2014-12-01/2', 'too_late'],
    ]);
    expect(count([...sales, late(back, 44)]).refused.size).toBe(0);
    expect(count([...sales, late(back, 46), back]).sales[0]?.remaining).toBe(900_000);
    const lateSale = count([late(sale(1, '11:00', 1_000_000), 46), back]);
    expect([...lateSale.refused]).toEqual([['T/2014-12-01/1', 'too_late']]);
    expect(lateSale.sales).toEqual([]);
    const lateVoid = count([...sales, back, late(voided(3, '12:01', 2), 46)]);
    expect([...lateVoid.refused]).toEqual([['T/2014-12-01/3', 'too_late']]);
    expect(lateVoid.sales[0]?.remaining).toBe(900_000);
  });

  it('let a voided refund never have been', () => {
    const { refused, sales: left } = count([
      ...sales,
      refund(2, '12:00', { of: 1, amount: 100_000 }),
      voided(3, '12:01', 2),
    ]);
    expect(refused.size).toBe(0);
    expect(left[0]?.remaining).toBe(1_000_000);
  });

  it('give no effect to a void of a void', () => {
    const { sales: left } = count([...sales, voided(2, '12:00', 1), voided(3, '12:01', 2)]);
    expect(left[0]?.remaining).toBe(0);
  });
});

describe('reports', () => {
  it('count members’ sales of which something remains', () => {
    const nobodys = sale(4, '12:30', 900_000);
    delete (nobodys as { memberId?: string }).memberId;
    const { reports } = count([
      sale(1, '11:00', 300_000),
      { ...sale(2, '11:30', 500_000), memberId: 'stranger' },
      sale(3, '12:00', 100_000),
      nobodys,
      refund(5, '13:00', { of: 3, amount: 100_000 }),
    ]);
    const today = { period: 'today' };
    expect(reports.report_average_spending_by_category[0]).toEqual({
      ...today,
      category: 'Groceries',
      customers: 2,
      spend: 800_000,
      average_spending: 400_000,
    });
    expect(reports.report_active_members_by_zone.slice(0, 2)).toEqual([
      { ...today, zone: 'Jakarta Pusat', active_members: 1 },
      { ...today, zone: 'unknown', active_members: 1 },
    ]);
    expect(reports.report_new_members[0]).toEqual({ ...today, new_members: 1 });
  });

  it.each([
    ['1996-12-02', 'under 18'],
    ['1996-12-01', '18-24'],
    ['1959-12-01', '55 and over'],
    [undefined, 'unknown'],
  ])('put who was born on %s into %s', (birthDate, band) => {
    expect(ageBand(birthDate, '2014-12-01')).toBe(band);
  });
});

it('refuses a programme that it would count wrong', () => {
  const points = { perFullAmount: 1, points: 1, multipliers: [], caps: { perDay: 5 } };
  expect(() =>
    recount({ programme: { ...programme, points }, enrolments: [], transactions: [], asOf: '' }),
  ).toThrow('caps');
});

const enrolment: Enrolment = {
  programme: 'pacific-place',
  memberId: 'M',
  enrolledAt: '2014-12-01T10:00:00+07:00',
  receivedAt: '2014-12-01T10:00:00+07:00',
  name: 'Siti Santoso',
  gender: 'female',
  birthDate: '1980-01-01',
  address: 'Jl. Melati No. 1',
  zone: 'Jakarta Pusat',
};

function count(transactions: readonly Transaction[]) {
  return recount({ programme, enrolments: [enrolment], transactions, asOf: '2014-12-01' });
}

function after(transactions: readonly Transaction[]) {
  const holdings = count(transactions).members.get('M');
  if (holdings === undefined) throw new Error('the member is missing');
  return holdings;
}

function record(sequence: number, time: string) {
  const at = `2014-12-01T${time}:00+07:00`;
  return {
    programme: 'pacific-place',
    terminalId: 'T',
    businessDay: '2014-12-01',
    sequence,
    memberId: 'M',
    occurredAt: at,
    receivedAt: at,
  };
}

function sale(sequence: number, time: string, amount: number): Transaction {
  const tenantId = 'PP-001';
  return { ...record(sequence, time), type: 'sale', tenantId, amount, currency: 'IDR' };
}

function original(sequence: number) {
  return { terminalId: 'T', businessDay: '2014-12-01', sequence };
}

function refund(sequence: number, time: string, what: { of: number; amount: number }): Transaction {
  const { of, amount } = what;
  return { ...sale(sequence, time, amount), type: 'refund', original: original(of) };
}

function voided(sequence: number, time: string, of: number): Transaction {
  return { ...record(sequence, time), type: 'void', original: original(of) };
}

function pacificPlace(): ProgrammeDocument {
  const file = programmeFiles().find(({ pathname }) => pathname.endsWith('/pacific-place.json'));
  if (file === undefined) throw new Error('pacific-place.json is missing');
  return readProgramme(file);
}
