import { describe, expect, it } from 'vitest';
import { reportDatabaseCheck } from './report-database.ts';

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
