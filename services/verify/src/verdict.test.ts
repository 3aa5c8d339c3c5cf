import { describe, expect, it } from 'vitest';
import { Differences } from './comparison/differences.ts';
import { verdictOf } from './verdict.ts';

const compared = { transactions: 3, events: 5, rows: 9, states: 2 };
const verdict = (wrong: readonly string[], unsettled: readonly string[]) => {
  const differences = new Differences(10);
  for (const key of wrong)
    differences.add({ in: 'members', key, says: 'points is 1, should be 2' });
  return verdictOf({ differences, compared, unsettled: new Set(unsettled), seconds: '0.1' });
};

describe('verdictOf', () => {
  it('is 0 when all is equal', () => {
    const { exitCode, lines } = verdict([], []);
    expect(exitCode).toBe(0);
    expect(lines).toEqual([
      'Recounted 3 records of transactions and 5 derived events; compared 9 rows and 2 states in 0.1 s.',
      'Everything is equal.',
    ]);
  });

  it('is 1 when something differs, and says also what it does not know', () => {
    const { exitCode, lines } = verdict(['M1'], ['sales']);
    expect(exitCode).toBe(1);
    expect(lines[0]).toBe('members M1: points is 1, should be 2');
    expect(lines.join(' ')).toContain('1 differences: members 1.');
    expect(lines.join(' ')).toContain('nothing can be said of sales');
  });

  it('is 2 when the log grew in every round', () => {
    const { exitCode, lines } = verdict([], ['sales', 'members']);
    expect(exitCode).toBe(2);
    expect(lines.join(' ')).toContain('The log grew all the time');
    expect(lines.join(' ')).toContain('members, sales');
  });
});
