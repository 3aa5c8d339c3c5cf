import { compileRules } from '@semarak/programme';
import { describe, expect, it } from 'vitest';
import { differences, type Keeping } from './table/cases.ts';
import { tables } from './table/tables.ts';

const keepings: readonly Keeping[] = ['in_memory', 'as_bytes'];

describe.each([...tables])('the table of $document.programme', ({ document, cases, casesMin }) => {
  const rules = compileRules([document]);

  it(`has at least ${casesMin} cases`, () => {
    expect(cases.length).toBeGreaterThanOrEqual(casesMin);
  });

  it.each(cases.map((each) => [each.name, each] as const))('%s', (_, each) => {
    for (const keeping of keepings) expect(differences(each, { rules, keeping })).toEqual([]);
  });
});
