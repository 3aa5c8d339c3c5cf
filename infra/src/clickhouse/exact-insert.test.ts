import { describe, expect, it } from 'vitest';
import { ClickHouseInconsistent, ClickHouseRefused, ClickHouseUnavailable } from './errors.ts';
import { insertExactly, type ExactBlock, type InsertTransport } from './exact-insert.ts';

const limits = { attemptsMax: 3, retryDelayMs: 0, retryDelayMsMax: 0, tokensMax: 2 };

const block: ExactBlock = {
  table: 'semarak.sale_postings',
  tablePartition: '201412',
  columns: ['programme'],
  body: Buffer.from('rows'),
  rows: 4,
  token: 'insert-1/sale_postings/201412',
  ownToken: 'loyalty-events/0/10-20/sale_postings/201412',
  sources: [{ partition: 0, first: { offset: 7, ordinal: 0 }, last: { offset: 9, ordinal: 1 } }],
  history: 'new',
  repeats: 'doubled',
};

/** What happens to one insert: as it should; or one of ClickHouse's bad moments. */
type Fate =
  | 'works'
  /** Never arrives. */
  | 'lost'
  /** Done, but the answer is lost. */
  | 'unanswered'
  /** Killed between logging the token and renaming the part. */
  | 'token_only'
  | 'refused';

class FakeTable implements InsertTransport {
  readonly #fates: Fate[];
  readonly tokens = new Set<string>();
  rows = 0;
  counts = 0;

  constructor(...fates: Fate[]) {
    this.#fates = fates;
  }

  insert({ rows }: ExactBlock, token: string | undefined): Promise<void> {
    const fate = this.#fates.shift() ?? 'works';
    if (fate === 'lost') return Promise.reject(new ClickHouseUnavailable('no answer'));
    if (fate === 'refused')
      return Promise.reject(new ClickHouseRefused('no', { serverCode: '60', cause: undefined }));
    if (token === undefined) this.rows = rows;
    else if (!this.tokens.has(token)) {
      this.tokens.add(token);
      if (fate !== 'token_only') this.rows += rows;
    }
    return fate === 'works'
      ? Promise.resolve()
      : Promise.reject(new ClickHouseUnavailable('no answer'));
  }

  count(): Promise<number> {
    this.counts++;
    return Promise.resolve(this.rows);
  }
}

describe('a new block', () => {
  it.each([
    { fates: ['works'] as const, outcome: 'first_try', counts: 0 },
    { fates: ['lost', 'works'] as const, outcome: 'retried', counts: 1 },
    { fates: ['unanswered', 'works'] as const, outcome: 'retried', counts: 1 },
    { fates: ['token_only', 'works'] as const, outcome: 'new_token', counts: 2 },
    { fates: ['token_only', 'lost', 'works'] as const, outcome: 'new_token', counts: 2 },
    {
      fates: ['token_only', 'works', 'unanswered', 'works'] as const,
      outcome: 'new_token',
      counts: 2,
    },
  ])('is there once after $fates', async ({ fates, outcome, counts }) => {
    const table = new FakeTable(...fates);
    expect(await insertExactly(table, [block], limits)).toBe(outcome);
    expect(table.rows).toBe(block.rows);
    expect(table.counts).toBe(counts);
  });

  it('is given up when ClickHouse stays away', async () => {
    const table = new FakeTable('lost', 'lost', 'lost');
    await expect(insertExactly(table, [block], limits)).rejects.toThrow(ClickHouseUnavailable);
  });

  it('is given up when every token is known without rows', async () => {
    const table = new FakeTable('token_only', 'works', 'token_only', 'works');
    await expect(insertExactly(table, [block], limits)).rejects.toThrow('under 2 tokens');
  });

  it('is not sent again when ClickHouse refuses it', async () => {
    const table = new FakeTable('refused', 'works');
    await expect(insertExactly(table, [block], limits)).rejects.toThrow(ClickHouseRefused);
    expect(table.rows).toBe(0);
  });
});

describe('a block in doubt', () => {
  const inDoubt: ExactBlock = { ...block, history: 'in_doubt' };

  it('is left alone when its rows are there, even if its token is forgotten', async () => {
    const table = new FakeTable();
    table.rows = block.rows;
    expect(await insertExactly(table, [inDoubt], limits)).toBe('found');
    expect(table.rows).toBe(block.rows);
  });

  it('is inserted under its token when it never arrived', async () => {
    const table = new FakeTable();
    expect(await insertExactly(table, [inDoubt], limits)).toBe('retried');
    expect([...table.tokens]).toEqual([block.token]);
    expect(table.rows).toBe(block.rows);
  });

  it('is inserted under a new token when its token is known without rows', async () => {
    const table = new FakeTable();
    table.tokens.add(block.token);
    expect(await insertExactly(table, [inDoubt], limits)).toBe('new_token');
    expect(table.rows).toBe(block.rows);
  });

  it('stops everything when some of its rows are there', async () => {
    const table = new FakeTable();
    table.rows = 3;
    await expect(insertExactly(table, [inDoubt], limits)).rejects.toThrow(ClickHouseInconsistent);
  });
});

describe('a block whose repeats are harmless', () => {
  const harmless: ExactBlock = { ...block, repeats: 'harmless' };

  it.each([
    { history: 'new', fates: ['works'], outcome: 'first_try' },
    { history: 'new', fates: ['unanswered', 'works'], outcome: 'retried' },
    { history: 'in_doubt', fates: ['works'], outcome: 'retried' },
  ] as const)('is written until acknowledged, $history after $fates', async (of) => {
    const table = new FakeTable(...of.fates);
    const outcome = await insertExactly(table, [{ ...harmless, history: of.history }], limits);
    expect(outcome).toBe(of.outcome);
    expect(table.rows).toBe(block.rows);
    // A token that is known without its rows would keep them away.
    expect(table.tokens.size).toBe(0);
    expect(table.counts).toBe(0);
  });

  it('is given up when ClickHouse stays away', async () => {
    const table = new FakeTable('lost', 'lost', 'lost');
    await expect(insertExactly(table, [harmless], limits)).rejects.toThrow(ClickHouseUnavailable);
  });
});

describe('blocks that go together', () => {
  /** Rows by partition; an insert under a known token is acknowledged and not written. */
  class Partitioned implements InsertTransport {
    readonly #fates: ('works' | 'lost' | 'token_only')[];
    readonly tokens: string[] = [];
    readonly rows = new Map<number, number>();

    constructor(...fates: ('works' | 'lost' | 'token_only')[]) {
      this.#fates = fates;
    }

    insert({ sources, rows, body }: ExactBlock, token = ''): Promise<void> {
      const fate = this.#fates.shift() ?? 'works';
      expect(body.toString()).toBe('rows'.repeat(sources.length));
      expect(rows).toBe(4 * sources.length);
      if (fate === 'lost') return Promise.reject(new ClickHouseUnavailable('no answer'));
      if (!this.tokens.includes(token)) {
        this.tokens.push(token);
        if (fate === 'works') for (const { partition } of sources) this.put(partition);
      }
      return fate === 'works'
        ? Promise.resolve()
        : Promise.reject(new ClickHouseUnavailable('no answer'));
    }

    count({ sources }: ExactBlock): Promise<number> {
      return Promise.resolve(
        sources.reduce((sum, { partition }) => sum + (this.rows.get(partition) ?? 0), 0),
      );
    }

    put(partition: number): void {
      this.rows.set(partition, (this.rows.get(partition) ?? 0) + 4);
    }
  }

  const of = (partition: number, history: ExactBlock['history'] = 'new'): ExactBlock => ({
    ...block,
    ownToken: `loyalty-events/${partition}/10-20/sale_postings/201412`,
    sources: block.sources.map((source) => ({ ...source, partition })),
    history,
  });
  const once = new Map([
    [0, 4],
    [1, 4],
  ]);

  it('are one insert under the token that they share', async () => {
    const table = new Partitioned();
    expect(await insertExactly(table, [of(0), of(1)], limits)).toBe('first_try');
    expect(table.tokens).toEqual([block.token]);
    expect(table.rows).toEqual(once);
  });

  it('are there once each when the first insert was lost', async () => {
    const table = new Partitioned('lost', 'works');
    expect(await insertExactly(table, [of(0), of(1)], limits)).toBe('retried');
    expect(table.rows).toEqual(once);
  });

  it('go under tokens of their own when the shared one is known without rows', async () => {
    const table = new Partitioned('token_only');
    expect(await insertExactly(table, [of(0), of(1)], limits)).toBe('new_token');
    expect(table.tokens).toEqual([block.token, `${of(0).ownToken}~2`, `${of(1).ownToken}~2`]);
    expect(table.rows).toEqual(once);
  });

  it('are there once each when somebody else has used the token for one of them meanwhile', async () => {
    const table = new Partitioned('lost', 'works', 'works');
    const first = insertExactly(table, [of(0), of(1)], limits);
    expect(await insertExactly(table, [of(0, 'in_doubt')], limits)).toBe('retried');
    expect(await first).toBe('new_token');
    expect(table.tokens).toEqual([block.token, `${of(1).ownToken}~2`]);
    expect(table.rows).toEqual(once);
  });

  it('in doubt leave a late insert of all of them nothing to do', async () => {
    const table = new Partitioned();
    expect(await insertExactly(table, [of(0, 'in_doubt')], limits)).toBe('retried');
    expect(await insertExactly(table, [of(1, 'in_doubt')], limits)).toBe('new_token');
    await insertExactly(table, [of(0), of(1)], limits);
    expect(table.rows).toEqual(once);
  });
});
