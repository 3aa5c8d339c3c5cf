import type { Recount } from '../recount/recount.ts';
import type { Analyst, Row } from './analyst.ts';
import { isCounted, memberRows, tillRows, type Scope } from './scope.ts';

/** A relation whose rows are compared one by one: what each id should say. */
export interface List {
  readonly title: string;
  /** Without conditions on `id`; answers rows with an `id` and further columns. */
  readonly sql: string;
  readonly expected: ReadonlyMap<string, string>;
}

/** What a row says besides its id, as one text. */
const said = (...values: readonly (string | number)[]): string => values.join(' ');

/** Every record, member, sale, number, gift and grant, each with what it should be now. */
export function listsOf({ recount, scope }: { recount: Recount; scope: Scope }): List[] {
  const members = [...recount.members].filter(([id]) => isCounted(scope, id));
  const records = [...recount.records].filter(([, { memberId }]) => isCounted(scope, memberId));
  const sales = recount.sales.filter(({ memberId }) => isCounted(scope, memberId));
  const refused = [...recount.refused].filter(([id]) =>
    isCounted(scope, recount.records.get(id)?.memberId),
  );
  const pointsOf = (memberId: string | undefined, sale: string): number =>
    recount.members.get(memberId ?? '')?.pointsBySale.get(sale) ?? 0;
  return [
    {
      title: 'transactions',
      sql: `SELECT DISTINCT transaction_id AS id, type, amount, ifNull(member_id, '') AS member
FROM semarak.transactions WHERE ${tillRows(scope)}`,
      expected: new Map(
        records.map(([id, { type, amount = 0, memberId = '' }]) => [
          id,
          said(type, amount, memberId),
        ]),
      ),
    },
    {
      title: 'sales',
      sql: `SELECT transaction_id AS id, remaining, points FROM semarak.sales WHERE ${tillRows(scope)}`,
      expected: new Map(
        sales.map(({ transactionId, memberId, remaining }) => [
          transactionId,
          said(remaining, pointsOf(memberId, transactionId)),
        ]),
      ),
    },
    {
      title: 'refusals',
      sql: `SELECT DISTINCT transaction_id AS id, reason FROM semarak.rejected_transactions
WHERE ${tillRows(scope)}`,
      expected: new Map(refused),
    },
    {
      title: 'members',
      sql: `SELECT member_id AS id, tier, points FROM semarak.members WHERE ${memberRows(scope)}`,
      expected: new Map(members.map(([id, { tier, points }]) => [id, said(tier, points)])),
    },
    {
      title: 'draw numbers',
      sql: `SELECT concat(transaction_id, ' ', draw) AS id, member_id FROM semarak.draw_tickets
WHERE status = 'issued' AND ${memberRows(scope)}`,
      expected: new Map(
        members.flatMap(([id, { tickets }]) =>
          [...tickets].flatMap(([sale, draws]) =>
            draws.map((draw): [string, string] => [`${sale} ${draw}`, id]),
          ),
        ),
      ),
    },
    {
      title: 'gifts',
      sql: `SELECT transaction_id AS id, gift, edition, member_id FROM semarak.gifts
WHERE status != 'returned' AND ${memberRows(scope)}`,
      expected: new Map(
        members.flatMap(([id, { gifts }]) =>
          [...gifts].map(([sale, gift]): [string, string] => [
            sale,
            said(gift.gift, gift.edition, id),
          ]),
        ),
      ),
    },
    {
      title: 'parking grants',
      sql: `SELECT transaction_id AS id, member_id FROM semarak.parking_grants
WHERE status = 'granted' AND ${memberRows(scope)}`,
      expected: new Map(
        members.flatMap(([id, { parking }]) =>
          [...parking].map((sale): [string, string] => [sale, id]),
        ),
      ),
    },
  ];
}

export interface Comparison {
  readonly compared: number;
  /** In words; at most 10 are kept. */
  readonly differences: readonly string[];
  readonly different: number;
}

const differencesKept = 10;

/** Reads the whole relation, a page at a time, in the order of its ids. */
export async function compareList(
  analyst: Pick<Analyst, 'query'>,
  { list, pageRows }: { readonly list: List; readonly pageRows: number },
): Promise<Comparison> {
  const left = new Map(list.expected);
  const differences: string[] = [];
  let different = 0;
  const differs = (difference: string) => {
    different += 1;
    if (differences.length < differencesKept) differences.push(difference);
  };
  for (let after = '', more = true; more;) {
    const rows = await analyst.query(page(list, { after, pageRows }));
    for (const row of rows) {
      const { id, text } = read(row);
      const expected = left.get(id);
      left.delete(id);
      if (expected === undefined)
        differs(`${list.expected.has(id) ? 'there twice' : 'unexpected'}: ${id} ${text}`);
      else if (expected !== text) differs(`${id}: expected ${expected}; found ${text}`);
      after = id;
    }
    more = rows.length === pageRows;
  }
  for (const [id, expected] of left) differs(`missing: ${id} ${expected}`);
  return { compared: list.expected.size, differences, different };
}

function read(row: Row): { id: string; text: string } {
  const [id, ...values] = Object.values(row);
  return { id: String(id), text: said(...values) };
}

const page = (list: List, { after, pageRows }: { after: string; pageRows: number }): string =>
  `SELECT * FROM (${list.sql}) WHERE id > '${after}' ORDER BY id LIMIT ${pageRows}`;
