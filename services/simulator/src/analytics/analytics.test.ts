import { describe, expect, it } from 'vitest';
import type { EntitledGift, Holdings } from '../recount/members.ts';
import type { Recount } from '../recount/recount.ts';
import type { Row } from './analyst.ts';
import { figuresOf } from './figures.ts';
import { giftDifferences } from './gifts.ts';
import { compareList, type List } from './one-by-one.ts';
import { memberRows, tillRows, type Scope } from './scope.ts';
import { figureText } from './summary.ts';
import { awaitFigures, checkFigures, findScope } from './visibility.ts';

const all: Scope = { type: 'all', programme: 'pacific-place' };
const own: Scope = {
  ...all,
  type: 'own',
  memberPrefix: 'M1-',
  terminalPrefix: 'T1-',
  without: ["M1-o'hara"],
};

describe('figures', () => {
  const tiers = figureNamed('Members by tier');

  it('are right in any order of rows', () => {
    const rows = [
      { tier: 'gold', members: 1 },
      { tier: 'blue', members: 2 },
    ];
    expect(tiers.differences?.(rows)).toEqual([]);
    expect(tiers.differences?.([...rows].reverse())).toEqual([]);
  });

  it.each([
    [[{ tier: 'blue', members: 2 }], 'missing: tier gold, members 1'],
    [
      [
        { tier: 'blue', members: 3 },
        { tier: 'gold', members: 1 },
      ],
      'expected tier blue, members 2; found tier blue, members 3',
    ],
    [
      [
        { tier: 'blue', members: 2 },
        { tier: 'gold', members: 1 },
        { tier: 'none', members: 4 },
      ],
      'unexpected: tier none, members 4',
    ],
    [Array(2).fill({ tier: 'blue', members: 2 }), '1 rows are there twice'],
  ])('say what is wrong with %j', (rows: Row[], difference) => {
    expect(tiers.differences?.(rows)).toEqual([difference]);
  });

  it('leave reports alone that others’ records are in', () => {
    expect(figureNamed('Report 5: new members').differences).toBeDefined();
    expect(figureNamed('Report 5: new members', own).differences).toBeUndefined();
  });

  it('are shown with their SQL and what is wrong', () => {
    const rows = [{ tier: 'blue', members: 12 }];
    const shown = figureText({ ...tiers, rows, found: tiers.differences?.(rows) });
    expect(shown).toMatch(/^Members by tier \.+ DIFFERS\n {2}SELECT tier, count\(\)/);
    expect(shown).toContain('    tier  members\n    blue       12\n    ! expected');
  });
});

describe('gifts', () => {
  const bear: EntitledGift = {
    campaign: 'bear',
    gift: 'bear',
    edition: 'christmas',
    month: '2014-12',
    stock: 2,
  };
  const gifts = [bear, bear, bear];
  const row = { campaign: 'bear', edition: 'christmas', month: '2014-12', rights: 3 };

  it.each([
    [{ ...row, handed_out: 2, unavailable: 1, returned: 0 }, []],
    [{ ...row, handed_out: 1, unavailable: 2, returned: 1 }, []],
    [{ ...row, rights: 2, handed_out: 2, unavailable: 0, returned: 0 }, [/3 rights; found 2/]],
    [{ ...row, handed_out: 3, unavailable: 0, returned: 0 }, [/stock of 2/]],
    [{ ...row, handed_out: 1, unavailable: 2, returned: 0 }, [/unavailable although/]],
  ])('of %j: %j', (found, differences) => {
    const said = giftDifferences({ gifts, rows: [found] });
    expect(said).toEqual(differences.map((pattern) => expect.stringMatching(pattern) as string));
  });

  it('may not be missing, nor be there without a right', () => {
    expect(giftDifferences({ gifts, rows: [] })).toHaveLength(1);
    expect(giftDifferences({ gifts: [], rows: [row] })).toEqual([
      'unexpected: bear christmas 2014-12',
    ]);
  });
});

describe('lists', () => {
  const list: List = {
    title: 'members',
    sql: 'SELECT …',
    expected: new Map([
      ['a', 'blue 1'],
      ['b', 'gold 2'],
      ['c', 'none 0'],
    ]),
  };
  const compare = (rows: Row[]) => compareList(pages(rows, 2), { list, pageRows: 2 });
  const right = [
    { id: 'a', tier: 'blue', points: 1 },
    { id: 'b', tier: 'gold', points: 2 },
    { id: 'c', tier: 'none', points: 0 },
  ];

  it('are read to the last page', async () => {
    expect(await compare(right)).toEqual({ compared: 3, differences: [], different: 0 });
  });

  it('name what differs, what is missing and what should not be there', async () => {
    const rows = [{ id: 'a', tier: 'blue', points: 9 }, ...right.slice(1, 2), { id: 'd', x: 1 }];
    expect((await compare(rows)).differences).toEqual([
      'a: expected blue 1; found blue 9',
      'unexpected: d 1',
      'missing: c none 0',
    ]);
  });
});

describe('waiting', () => {
  const options = { visibleMsMax: 5_000, settledAfterMs: 60, pollMs: 5, onLook: () => undefined };
  const figures = [figureNamed('Members by tier')];
  const right = [
    { tier: 'blue', members: 2 },
    { tier: 'gold', members: 1 },
  ];

  it('ends when all is equal', async () => {
    let looks = 0;
    const analyst = answering(() => ((looks += 1) < 5 ? [] : right));
    const found = await awaitFigures(analyst, { scope: all, figures }, options);
    expect(found.ending).toBe('equal');
  });

  it('goes on while ClickHouse is away', async () => {
    let looks = 0;
    const analyst = answering(() => {
      if ((looks += 1) < 3)
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      return right;
    });
    const found = await awaitFigures(analyst, { scope: all, figures }, options);
    expect(found.ending).toBe('equal');
  });

  it('ends when nothing moves, and when the time is over', async () => {
    const still = answering(() => []);
    expect(await awaitFigures(still, { scope: all, figures }, options)).toMatchObject({
      ending: 'settled',
    });
    let looks = 0;
    const moving = answering(() => [{ tier: 'blue', members: (looks += 1) + 2 }]);
    const short = { ...options, visibleMsMax: 100 };
    expect(await awaitFigures(moving, { scope: all, figures }, short)).toMatchObject({
      ending: 'timed_out',
    });
  });

  it('says what was equal of what was equal, whatever others send then', async () => {
    const { answers } = await awaitFigures(
      answering(() => right),
      { scope: all, figures },
      options,
    );
    const later = answering(() => []);
    const [checked] = await checkFigures(later, figures, answers);
    expect(checked).toMatchObject({ rows: right, found: [] });
    const [asked] = await checkFigures(later, figures, new Map());
    expect(asked?.found).not.toEqual([]);
  });
});

describe('the scope', () => {
  it('is the programme while nobody else is in it', async () => {
    const alone = answering(() => [{ records: 0, members: 0 }]);
    const simulation = { programme: 'pacific-place', memberPrefix: 'M1-', terminalPrefix: 'T1-' };
    expect(await findScope(alone, simulation)).toEqual(all);
    const shared = answering((sql) =>
      sql.includes('DISTINCT') ? [{ member_id: "M1-o'hara" }] : [{ records: 1, members: 0 }],
    );
    expect(await findScope(shared, simulation)).toEqual(own);
  });

  it('writes its names as ClickHouse reads them', () => {
    expect(memberRows(all)).toBe("programme = 'pacific-place'");
    expect(memberRows(own)).toContain(String.raw`member_id NOT IN ('M1-o\'hara')`);
    expect(tillRows(own)).toContain("startsWith(transaction_id, 'T1-')");
  });
});

function figureNamed(title: string, scope: Scope = all) {
  const member = (tier: Holdings['tier']): Holdings => ({
    tier,
    points: 0,
    pointsBySale: new Map(),
    tickets: new Map(),
    gifts: new Map(),
    parking: new Set(),
  });
  const recount: Recount = {
    records: new Map(),
    sales: [],
    refused: new Map(),
    members: new Map([
      ['M1-1', member('blue')],
      ['M1-2', member('gold')],
      ['M1-3', member('blue')],
    ]),
    reports: {
      report_average_spending_by_category: [],
      report_transactions_by_category: [],
      report_active_members_by_zone: [],
      report_active_members_by_age: [],
      report_active_members_by_gender: [],
      report_new_members: [],
    },
  };
  const figure = figuresOf({ recount, scope, asOf: '2014-12-01' }).find(
    (each) => each.title === title,
  );
  if (figure === undefined) throw new Error(`there is no figure ${title}`);
  return figure;
}

const answering = (answer: (sql: string) => Row[]) => ({
  // Async, so that what `answer` throws is a rejection as it is with the real client.
  // eslint-disable-next-line @typescript-eslint/require-await
  query: async (sql: string): Promise<Row[]> =>
    sql.includes('AS transactions,') ? [{ transactions: 0, members: 0 }] : answer(sql),
});

const pages = (rows: readonly Row[], size: number) => ({
  query: (sql: string): Promise<Row[]> => {
    const after = /id > '([^']*)'/.exec(sql)?.[1] ?? '';
    return Promise.resolve(rows.filter(({ id }) => String(id) > after).slice(0, size));
  },
});
