import type { MemberRecord } from '@semarak/programme';
import {
  isoDate,
  type EpochDay,
  type ProgrammeDocument,
  type TransactionRecorded,
} from '@semarak/schemas';
import type { Row } from './markdown.ts';
import { amountOf, dayOf, instantOf, mallDayOf } from './quantities.ts';

/** What a row of a table brings. */
export type Arrival =
  | { readonly type: 'record'; readonly line: number; readonly record: MemberRecord }
  | { readonly type: 'day_closed'; readonly line: number; readonly day: EpochDay };

const terminal = 'T-1';
const defaultMember = 'M-1';
const grammar =
  /^(?:(?<anonymous>anonymous) )?(?<type>sale|refund|void) (?<number>\d+)(?: of (?:sale|refund|void) (?<original>\d+))?(?<again> again)?$/;

type Transactions = Map<string, TransactionRecorded>;

/**
 * The rows’ records in their order. Transactions are called by number: `refund 2 of sale 1`, or
 * `sale 1 again` for a copy. A row may name one that comes later in the table.
 */
export function arrivalsOf(rows: readonly Row[], document: ProgrammeDocument): Arrival[] {
  const ids = idsOf(rows);
  const first: Transactions = new Map();
  return rows.map((row): Arrival => {
    const { line } = row;
    try {
      const what = cell(row, 'what');
      if (what === 'day closed') return { type: 'day_closed', line, day: dayOf(cell(row, 'when')) };
      const record =
        what === 'enrolment'
          ? enrolment(row, document)
          : transaction(row, { document, ids, first });
      return { type: 'record', line, record };
    } catch (error) {
      throw new Error(`line ${line}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  });
}

/** The text of a row’s cell; empty where the table has no such column. */
const cell = (row: Row, column: string): string => row.cells.get(column) ?? '';

function idsOf(rows: readonly Row[]): Map<string, string> {
  const ids = new Map<string, string>();
  for (const row of rows) {
    const { number, again } = grammar.exec(cell(row, 'what'))?.groups ?? {};
    if (number === undefined || again !== undefined || ids.has(number)) continue;
    ids.set(number, idOf({ number, day: businessDayOf(row) }));
  }
  return ids;
}

const idOf = ({ number, day }: { number: string; day: EpochDay }): string =>
  `${terminal}/${isoDate(day)}/${number}`;

function businessDayOf(row: Row): EpochDay {
  const day = cell(row, 'business day');
  return day === '' ? mallDayOf(instantOf(cell(row, 'when'))) : dayOf(day);
}

/** When the gateway accepted it: a second after it happened, unless told. */
function receivedAtOf(row: Row, occurredAt: number): number {
  const received = cell(row, 'received');
  return received === '' ? occurredAt + 1000 : instantOf(received);
}

function enrolment(row: Row, { programme }: ProgrammeDocument): MemberRecord {
  const enrolledAt = instantOf(cell(row, 'when'));
  return {
    type: 'MemberEnrolled',
    value: {
      programme,
      memberId: cell(row, 'member') || defaultMember,
      enrolledAt,
      receivedAt: receivedAtOf(row, enrolledAt),
    },
  };
}

function transaction(
  row: Row,
  {
    document,
    ids,
    first,
  }: {
    readonly document: ProgrammeDocument;
    readonly ids: ReadonlyMap<string, string>;
    readonly first: Transactions;
  },
): MemberRecord {
  const found = grammar.exec(cell(row, 'what'))?.groups;
  if (found === undefined) throw new Error(`"${cell(row, 'what')}" is nothing that can come`);
  const { anonymous, type, number = '', original, again } = found;
  if (again !== undefined) {
    const value = first.get(number);
    if (value === undefined) throw new Error(`nothing before is called ${number}`);
    const receivedAt = receivedAtOf(row, value.receivedAt);
    return { type: 'TransactionRecorded', value: { ...value, receivedAt } };
  }
  const occurredAt = instantOf(cell(row, 'when'));
  const businessDay = businessDayOf(row);
  const isVoid = type === 'void';
  if ((original === undefined) !== (type === 'sale'))
    throw new Error('a refund or void names what it is of, a sale names nothing');
  const value: TransactionRecorded = {
    programme: document.programme,
    transactionId: idOf({ number, day: businessDay }),
    type: type as TransactionRecorded['type'],
    memberId: anonymous === undefined ? cell(row, 'member') || defaultMember : null,
    tenantId: isVoid ? null : tenantOf(row, document),
    businessDay,
    amount: isVoid ? 0 : amountOf(cell(row, 'amount')),
    currency: isVoid ? null : document.currency,
    occurredAt,
    receivedAt: receivedAtOf(row, occurredAt),
    originalId:
      original === undefined
        ? null
        : (ids.get(original) ?? idOf({ number: original, day: businessDay })),
  };
  if (!first.has(number)) first.set(number, value);
  return { type: 'TransactionRecorded', value };
}

/** The first tenant of the category in the column `product`, or of all. */
function tenantOf(row: Row, { tenants }: ProgrammeDocument): string {
  const category = cell(row, 'product');
  const tenant = tenants.find((each) => category === '' || each.category === category);
  if (tenant === undefined) throw new Error(`nobody sells ${category}`);
  return tenant.tenantId;
}
