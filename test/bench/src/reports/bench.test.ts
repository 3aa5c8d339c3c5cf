import { expect, it } from 'vitest';
import { parseArguments } from '../arguments.ts';
import { monthsOf } from './fill.ts';
import { runBench } from '../run.ts';
import { resultLines, type Result } from './result.ts';

it('times every report and finds it equal to what every sale says', async () => {
  const args = ['reports', '--transactions', '20000', '--members', '1500', '--port-base', '25920'];
  const surroundings = { workingDir: '.', say: () => undefined };
  const { exitCode, lines } = await runBench([...args, '--json'], surroundings);
  const result = JSON.parse(lines.join('\n')) as Result;
  expect(result.reports.filter(({ equal }) => !equal)).toEqual([]);
  expect(result.reports).toHaveLength(6);
  expect(result.sizes.postings).toBeGreaterThan(20_000);
  expect(exitCode).toBe(0);
  expect(resultLines(result).join('\n')).toContain('report_new_members');
});

it('numbers every sale once', () => {
  const months = monthsOf(1_001);
  expect(months.map(({ days }) => days)).toEqual([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]);
  let next = 0;
  for (const { from, sales } of months) {
    expect(from).toBe(next);
    next += sales;
  }
  expect(next).toBe(1_001);
});

it.each([[[]], [['speed']], [['reports', '--transactions', 'many']], [['reports', '--what']]])(
  'says what is wrong with %j',
  (args) => {
    expect(parseArguments(args, '.').type).toBe('wrong_use');
  },
);
