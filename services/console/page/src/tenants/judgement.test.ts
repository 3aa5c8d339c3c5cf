import { describe, expect, it } from 'vitest';
import { change, judgeTenants, type TenantFigures } from './judgement.ts';

const tenant = (tenant_id: string, figures: Partial<TenantFigures>): TenantFigures => ({
  tenant_id,
  category: 'Food',
  spend: 100,
  visits: 10,
  previous_spend: 100,
  previous_visits: 10,
  ...figures,
});

describe('judgeTenants', () => {
  it('finds the busiest quarter', () => {
    const judged = judgeTenants([
      tenant('a', { visits: 40 }),
      tenant('b', { visits: 30 }),
      tenant('c', { visits: 20 }),
      tenant('d', { visits: 10 }),
    ]);
    expect(Object.fromEntries(judged)).toEqual({
      a: 'busy',
      b: 'steady',
      c: 'steady',
      d: 'steady',
    });
  });

  it('asks for promotion of whoever fell by a fifth, in spend or in visits, busy or not', () => {
    const judged = judgeTenants([
      tenant('a', { visits: 40, previous_visits: 50 }),
      tenant('b', { visits: 9 }),
      tenant('c', { spend: 80 }),
      tenant('d', { spend: 81 }),
    ]);
    expect(Object.fromEntries(judged)).toEqual({
      a: 'promote',
      b: 'steady',
      c: 'promote',
      d: 'steady',
    });
  });

  it('asks for promotion of whoever has no visit at all', () => {
    const judged = judgeTenants([
      tenant('a', {}),
      tenant('b', { visits: 0, spend: 0, previous_visits: 0, previous_spend: 0 }),
    ]);
    expect(judged.get('b')).toBe('promote');
  });

  it('takes those far below their category’s average when nobody has anything before', () => {
    const nothing = { previous_spend: 0, previous_visits: 0 };
    const judged = judgeTenants([
      tenant('a', { category: 'Food', visits: 100, ...nothing }),
      tenant('b', { category: 'Food', visits: 60, ...nothing }),
      tenant('c', { category: 'Food', visits: 20, ...nothing }),
      tenant('d', { category: 'Watches', visits: 5, ...nothing }),
      tenant('e', { category: 'Watches', visits: 3, ...nothing }),
    ]);
    expect(Object.fromEntries(judged)).toEqual({
      a: 'busy',
      b: 'steady',
      c: 'promote',
      d: 'steady',
      e: 'steady',
    });
  });

  it('calls nobody busy when nothing was sold', () => {
    const judged = judgeTenants([tenant('a', { visits: 0 }), tenant('b', { visits: 0 })]);
    expect([...judged.values()]).toEqual(['promote', 'promote']);
  });
});

describe('change', () => {
  it('is a share of what was before, or nothing', () => {
    expect(change(120, 100)).toBeCloseTo(0.2);
    expect(change(5, 0)).toBeUndefined();
  });
});
