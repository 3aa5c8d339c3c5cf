import { readFileSync } from 'node:fs';
import { programmeFiles, readProgramme } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { amountOf, casesOf } from './read-table.ts';

describe.each(['pacific-place', 'metropolitan-mall-2014'])('the table of %s', (programme) => {
  it('has every amount of the document from both sides', () => {
    const file = programmeFiles().find(({ pathname }) => pathname.endsWith(`/${programme}.json`));
    if (file === undefined) throw new Error(`${programme}.json is missing`);
    const document = readProgramme(file);
    const limits = [
      document.join.rule === 'first_sale' ? document.join.minimumAmount : 0,
      document.points?.perFullAmount ?? 0,
      document.parking?.minimumAmount ?? 0,
      ...document.tiers.map(({ monthSpend }) => monthSpend),
      ...[...document.tickets, ...document.gifts].map(({ minimumAmount }) => minimumAmount),
    ].filter((limit) => limit > 0);
    const table = readFileSync(new URL(`${programme}.md`, import.meta.url), 'utf8');
    const amounts = casesOf(table).flatMap(({ rows }) =>
      rows.map(({ cells }) => cells.get('Amount') ?? '').filter((amount) => amount !== ''),
    );
    const seen = new Set(amounts.map(amountOf));
    const missing = limits.flatMap((limit) => [limit - 1, limit]).filter((side) => !seen.has(side));
    expect(missing).toEqual([]);
  });
});
