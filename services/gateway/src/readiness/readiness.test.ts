import { describe, expect, it } from 'vitest';
import { onceTrue, problemsOf } from './readiness.ts';
import { reportDatabaseCheck } from './report-database.ts';

describe('problemsOf', () => {
  it('names what fails, and what throws', async () => {
    const broken = () => Promise.reject(new Error('ClickHouse cannot be reached'));
    expect(await problemsOf([() => undefined, () => 'Too slow.', broken])).toEqual([
      'Too slow.',
      'ClickHouse cannot be reached.',
    ]);
  });

  it('does not ask again what has once been so', async () => {
    const answers = ['Not yet.', undefined, 'Never asked.'];
    const check = onceTrue(() => answers.shift());
    expect([await check(), await check(), await check()]).toEqual([
      'Not yet.',
      undefined,
      undefined,
    ]);
  });
});

describe('reportDatabaseCheck', () => {
  const names = [
    'transactions',
    'sales',
    'points_ledger',
    'tier_changes',
    'draw_tickets',
    'gifts',
    'parking_grants',
    'rejected_transactions',
    'members',
    'tenants',
  ];
  const database = (of: { relations: string[]; tenants: boolean }) =>
    reportDatabaseCheck((query) =>
      Promise.resolve(
        query.includes('system.tables')
          ? of.relations.map((name) => [name])
          : [[of.tenants ? 1 : 0]],
      ),
    );

  it('wants every relation and the tenants', async () => {
    expect(await database({ relations: names, tenants: true })()).toBeUndefined();
    expect(await database({ relations: names, tenants: false })()).toMatch(
      /tenants is still empty/,
    );
    expect(await database({ relations: names.slice(2), tenants: true })()).toMatch(
      /no transactions, sales in/,
    );
  });
});
