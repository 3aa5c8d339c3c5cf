import { factStatements } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { tables } from './tables.ts';

const statements = factStatements('facts');

/** Columns by table, as the DDL has them, but for those that ClickHouse works out. */
const declared = new Map(
  statements.flatMap((statement) => {
    const match = /CREATE TABLE IF NOT EXISTS facts\.(\S+)\n\(\n([\s\S]*?)\n\)\nENGINE/.exec(
      statement,
    );
    if (match === null) return [];
    const [, table = '', body = ''] = match;
    const written = body.split('\n').filter((line) => !line.includes(' DEFAULT '));
    return [[table, written.map((line) => line.trim().split(' ')[0])] as const];
  }),
);

describe('the tables', () => {
  it('are those of the database', () => {
    expect(Object.values(tables).map(({ name }) => name)).toEqual([...declared.keys()]);
  });

  it.each(Object.values(tables).map(({ name, columns }) => ({ name, columns })))(
    'have the columns of the database: $name',
    ({ name, columns }) => {
      expect([...columns].sort()).toEqual([...(declared.get(name) ?? [])].sort());
    },
  );

  it.each(Object.values(tables).map(({ name, repeats }) => ({ name, repeats })))(
    'remember the tokens of inserts where repeats are doubled: $name',
    ({ name, repeats }) => {
      const made = statements.find((one) => one.includes(`EXISTS facts.${name}\n`));
      const window = 'non_replicated_deduplication_window = 10000';
      if (repeats === 'doubled') expect(made).toContain(window);
      else expect(made).not.toContain(window);
    },
  );
});
