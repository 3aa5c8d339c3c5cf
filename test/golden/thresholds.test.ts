import { compileRules } from '@semarak/programme';
import { describe, expect, it } from 'vitest';
import { differences, type Case } from './table/cases.ts';
import { documentChanges, type Change } from './table/document-changes.ts';
import { tables } from './table/tables.ts';

/** The changes that no case notices: the table would be as true with them. */
function unnoticed(changes: readonly Change[], cases: readonly Case[]): string[] {
  return changes
    .filter(({ document }) => {
      const rules = compileRules([document]);
      return !cases.some((each) => notices(each, rules));
    })
    .map(({ told }) => told);
}

function notices(each: Case, rules: ReturnType<typeof compileRules>): boolean {
  try {
    return differences(each, { rules, keeping: 'in_memory' }).length > 0;
  } catch {
    return true;
  }
}

describe.each([...tables])('the table of $document.programme', ({ document, cases }) => {
  const changes = documentChanges(document);

  it('has a case on both sides of each limit: the least change of any rule is noticed', () => {
    expect(unnoticed(changes, cases)).toEqual([]);
  });
});

describe('a table with a gap', () => {
  it('is noticed', () => {
    const table = tables.find(({ document }) => document.programme === 'pacific-place');
    if (table === undefined) throw new Error('Pacific Place has no table');
    const { document, cases } = table;
    const without = cases.filter(({ name }) => !name.startsWith('Parking: From Rp500.000'));
    expect(unnoticed(documentChanges(document), without)).toEqual([
      'parking.from: "18:00" -> "18:01"',
      'parking.until: "22:00" -> "21:59"',
    ]);
  });
});
