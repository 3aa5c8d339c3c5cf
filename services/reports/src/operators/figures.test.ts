import { expect, it } from 'vitest';
import { createReportsMetrics } from '../metrics.ts';
import { readOperatorFigures } from './figures.ts';

/** Answers as ClickHouse does, whose counts are text when they may exceed 2^53. */
const clickhouse = (statement: string) => ({
  text: JSON.stringify({
    data: statement.includes('waiting_records')
      ? [
          ['pacific-place', 'member_missing', '3', 7_200],
          ['polytron', 'not_enrolled', 1, 60],
        ]
      : [['pacific-place', '2']],
  }),
});

it('tells operators what waits, for how long, and how many ids are shared', async () => {
  const figures = await readOperatorFigures(
    ({ statement }) => Promise.resolve(clickhouse(statement) as never),
    { timeoutMs: 1_000 },
  );
  const metrics = createReportsMetrics({
    completeUpToMs: () => undefined,
    operatorFigures: () => figures,
  });
  const text = await metrics.registry.metrics();
  const lines = text.split('\n').filter((line) => /^semarak_(waiting|shared)/.test(line));
  const labels = (line: string) => line.replace(/,?service="reports"/, '').replace('{,', '{');
  expect(lines.map(labels)).toEqual([
    'semarak_waiting_records{programme="pacific-place",reason="member_missing"} 3',
    'semarak_waiting_records{programme="polytron",reason="not_enrolled"} 1',
    'semarak_waiting_oldest_seconds{programme="pacific-place",reason="member_missing"} 7200',
    'semarak_waiting_oldest_seconds{programme="polytron",reason="not_enrolled"} 60',
    'semarak_shared_transaction_ids{programme="pacific-place"} 2',
  ]);
});
