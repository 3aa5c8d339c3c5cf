import { describe, expect, it } from 'vitest';
import { ClickHouseInconsistent, ClickHouseUnavailable } from '../clickhouse/errors.ts';
import type { ExactBlock } from '../clickhouse/exact-insert.ts';
import { Halt, type TaskOutcome } from '../consumer-group/partition-task.ts';
import { SharedInserts, type Share } from './shared-inserts.ts';

const done: TaskOutcome = { type: 'done', position: 0 };

function sharing(insert: () => Promise<unknown> = () => Promise.resolve()) {
  const sent: string[] = [];
  let names = 0;
  const inserts = new SharedInserts({
    insert: (blocks) => {
      sent.push(blocks.map(({ token, ownToken }) => `${token} ${ownToken}`).join(', '));
      return insert();
    },
    recordsMax: 10,
    newName: () => `insert-${++names}`,
  });
  return { inserts, sent };
}

/** Rows of one record in each of these tables. */
const share = (of: string, tables: readonly string[], change: Partial<Share> = {}): Share => ({
  records: 1,
  earlier: undefined,
  open: () => Promise.resolve(done),
  blocks: (insert) =>
    tables.map((table): ExactBlock => ({
      table,
      tablePartition: 'all',
      columns: [],
      body: Buffer.alloc(1),
      rows: 1,
      token: `${insert}/${table}`,
      ownToken: of,
      sources: [],
      history: 'new',
      repeats: 'doubled',
    })),
  ...change,
});

describe('rows of several partitions', () => {
  it('go together, one insert a table, when each has brought its own or has none', async () => {
    const { inserts, sent } = sharing();
    const [first, second, third] = [inserts.join(), inserts.join(), inserts.join()];
    const brought = [first.insert(share('a', ['x', 'y']))];
    await new Promise(setImmediate);
    brought.push(second.insert(share('b', ['y', 'z'])));
    await new Promise(setImmediate);
    expect(sent).toEqual([]);
    third.leave();
    expect(await Promise.all(brought)).toEqual([done, done]);
    expect(sent).toEqual(['insert-1/x a', 'insert-1/y a, insert-1/y b', 'insert-1/z b']);
  });

  it('go to the table of each, also when one has another database than the other', async () => {
    const { inserts, sent } = sharing();
    const elsewhere = share('b', ['x']);
    const moved: Share = {
      ...elsewhere,
      blocks: (insert) =>
        elsewhere.blocks(insert).map((block) => ({ ...block, table: `next.${block.table}` })),
    };
    await Promise.all([inserts.join().insert(share('a', ['x'])), inserts.join().insert(moved)]);
    expect(sent).toEqual(['insert-1/x a', 'insert-1/x b']);
  });

  it('take along who begins before they are sent', async () => {
    const { inserts, sent } = sharing();
    const brought = [inserts.join().insert(share('a', ['x']))];
    brought.push(inserts.join().insert(share('b', ['x'])));
    await Promise.all(brought);
    expect(sent).toEqual(['insert-1/x a, insert-1/x b']);
  });

  it('do not wait for more once they come from enough records', async () => {
    const { inserts, sent } = sharing();
    inserts.join();
    const brought = [inserts.join().insert(share('a', ['x'], { records: 4 }))];
    brought.push(inserts.join().insert(share('b', ['x'], { records: 6 })));
    await Promise.all(brought);
    expect(sent).toEqual(['insert-1/x a, insert-1/x b']);
  });

  it('go alone and at once, under the name they had, when they may have been sent before', async () => {
    const { inserts, sent } = sharing();
    inserts.join();
    await inserts.join().insert(share('a', ['x'], { earlier: 'before' }));
    expect(sent).toEqual(['before/x a']);
  });

  it('wait for an insert of that name that is under way', async () => {
    const taken: (() => void)[] = [];
    const { inserts, sent } = sharing(() => new Promise<void>((resolve) => taken.push(resolve)));
    const failing = share('a', ['x'], { open: () => Promise.reject(new Error('why')) });
    const [first, second] = [inserts.join(), inserts.join()];
    const brought = [second.insert(share('b', ['x']))];
    await expect(first.insert(failing)).rejects.toThrow('why');
    brought.push(first.insert(share('a', ['x'], { earlier: 'insert-1' })));
    await new Promise(setImmediate);
    expect(sent).toEqual(['insert-1/x b']);
    taken[0]?.();
    await brought[0];
    await new Promise(setImmediate);
    expect(sent).toEqual(['insert-1/x b', 'insert-1/x a']);
    taken[1]?.();
    expect(await Promise.all(brought)).toEqual([done, done]);
  });

  it('go without those that could not be opened', async () => {
    const { inserts, sent } = sharing();
    const lost: TaskOutcome = { type: 'lost', reason: 'another has it' };
    const brought = await Promise.allSettled([
      inserts.join().insert(share('a', ['x'], { open: () => Promise.resolve(lost) })),
      inserts.join().insert(share('b', ['x'], { open: () => Promise.reject(new Error('why')) })),
      inserts.join().insert(share('c', ['x'])),
    ]);
    expect(brought).toMatchObject([
      { value: lost },
      { reason: { message: 'why' } },
      { value: done },
    ]);
    expect(sent).toEqual(['insert-1/x c']);
  });

  it('all fail when ClickHouse does not take them, and the next are tried again', async () => {
    const fates = [new ClickHouseUnavailable('no answer')];
    const { inserts, sent } = sharing(() => {
      const error = fates.shift();
      return error === undefined ? Promise.resolve() : Promise.reject(error);
    });
    const [first, second] = [inserts.join(), inserts.join()];
    const brought = await Promise.allSettled([
      first.insert(share('a', ['x', 'y'])),
      second.insert(share('b', ['x'])),
    ]);
    expect(brought.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    second.leave();
    expect(await first.insert(share('a', ['x'], { earlier: 'insert-1' }))).toEqual(done);
    expect(sent).toEqual(['insert-1/x a, insert-1/x b', 'insert-1/x a']);
  });

  it('halt the worker when ClickHouse has only some of them', async () => {
    const { inserts } = sharing(() => Promise.reject(new ClickHouseInconsistent('some')));
    await expect(inserts.join().insert(share('a', ['x']))).rejects.toThrow(Halt);
  });
});
