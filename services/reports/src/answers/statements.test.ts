import { ClickHouseRefused, ClickHouseUnavailable, type Question } from '@semarak/infra/clickhouse';
import { HttpProblem } from '@semarak/infra/http-server';
import { describe, expect, it } from 'vitest';
import { partsOf, Statements } from './statements.ts';
import { Turns } from './turns.ts';

/** As ClickHouse writes it. */
const compact = (rows: readonly string[]): string =>
  `{\n\t"meta":\n\t[\n\t\t{\n\t\t\t"name": "n",\n\t\t\t"type": "UInt64"\n\t\t},\n\t\t{\n\t\t\t"name": "a\\n\\n\\t\\"b",\n\t\t\t"type": "String"\n\t\t}\n\t],\n\n` +
  `\t"data":\n\t[\n${rows.map((row) => `\t\t${row}`).join(',\n')}\n\t],\n\n` +
  `\t"rows": ${rows.length},\n\n\t"rows_before_limit_at_least": 7,\n\n` +
  `\t"statistics":\n\t{\n\t\t"elapsed": 0.0125,\n\t\t"rows_read": 100,\n\t\t"bytes_read": 800\n\t}\n}\n`;

describe('the parts of JSONCompact', () => {
  it('are the text as it stands, so that 64 bits stay 64 bits', () => {
    const rows = ['[18446744073709551615, "],\\n\\n\\t\\"rows\\": 1"]', '[1, null]'];
    expect(partsOf(compact(rows))).toEqual({
      columns: '[{"name":"n","type":"UInt64"},{"name":"a\\n\\n\\t\\"b","type":"String"}]',
      rows,
      elapsedMs: 12.5,
      rowsRead: 100,
      bytesRead: 800,
    });
  });

  it('may be without rows', () => {
    expect(partsOf(compact([])).rows).toEqual([]);
  });

  it('are the same without the lines about a limit', () => {
    const text = compact(['[1, "x"]']).replace('\t"rows_before_limit_at_least": 7,\n\n', '');
    expect(partsOf(text)).toMatchObject({ rows: ['[1, "x"]'], rowsRead: 100 });
    const close = compact(['[1, "x"]']).replace('"rows": 1,\n\n', '"rows": 1,\n');
    expect(partsOf(close)).toMatchObject({ rows: ['[1, "x"]'], rowsRead: 100 });
  });
});

describe('a statement', () => {
  const asked: Question[] = [];
  const statements = (answer: () => Promise<{ text: string; format: string }>) =>
    new Statements({
      clickhouse: (question) => {
        asked.push(question);
        return answer();
      },
      turns: new Turns({ runningMax: 1, waitingMax: 1, waitMsMax: 1_000, retryAfterS: 1 }),
      limits: {
        timeoutMs: 30_000,
        rowsMax: 2,
        resultRowsMax: 1_000,
        resultBytesMax: 10_000,
        memoryBytesMax: 1_000_000,
      },
    });
  const threeRows = () =>
    Promise.resolve({ text: compact(['[1, ""]', '[2, ""]', '[3, ""]']), format: 'JSONCompact' });

  it('is cut at the limit of rows, and says so', async () => {
    const answer = await statements(threeRows).json('SELECT n FROM t');
    expect(answer).toMatchObject({ rows: ['[1, ""]', '[2, ""]'], truncated: true });
    expect(asked.at(-1)?.settings).toMatchObject({
      limit: 3,
      max_result_rows: 1_000,
      max_result_bytes: 10_000,
      max_memory_usage: 1_000_000,
      max_execution_time: 30,
    });
  });

  it.each([
    'SELECT 1 UNION ALL SELECT 2',
    'SELECT 1 except SELECT 1',
    'SELECT 1 INTERSECT SELECT 2',
  ])('with parts is not limited part by part: %s', async (sql) => {
    await statements(threeRows).json(sql);
    expect(asked.at(-1)?.settings).not.toHaveProperty('limit');
  });

  it('that ClickHouse refuses is 422 with what it says', async () => {
    const error = new ClickHouseRefused('Unknown table t. (UNKNOWN_TABLE)', {
      serverCode: '60',
      cause: undefined,
    });
    const refusal = await statements(() => Promise.reject(error))
      .json('SELECT 1')
      .catch((thrown: unknown) => thrown);
    expect(refusal).toBeInstanceOf(HttpProblem);
    expect(refusal).toMatchObject({
      status: 422,
      errors: [{ field: 'sql', message: 'Unknown table t. (UNKNOWN_TABLE)' }],
    });
  });

  it('is not to blame for a ClickHouse that is busy or away', async () => {
    const busy = new ClickHouseRefused('Too many', { serverCode: '202', cause: undefined });
    for (const error of [busy, new ClickHouseUnavailable('away')])
      await expect(statements(() => Promise.reject(error)).csv('SELECT 1')).rejects.toBe(error);
  });

  it('may not choose a format of its own', async () => {
    const answer = () => Promise.resolve({ text: '1\n', format: 'TSV' });
    await expect(statements(answer).json('SELECT 1 FORMAT TSV')).rejects.toMatchObject({
      status: 422,
    });
  });
});
