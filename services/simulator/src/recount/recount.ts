import type { ProgrammeDocument } from '@semarak/schemas';
import type { Enrolment, Transaction } from '../mall/records.ts';
import { checkKnown, holdingsOf, type Holdings } from './members.ts';
import { reportsOf, type ReportName, type ReportRow } from './reports.ts';
import { standingSales, type Refusal, type StandingSale } from './sales.ts';

/** What the records mean, counted from nothing but the records and the programme's document. */
export interface Recount {
  /** By transaction id, each once. */
  readonly records: ReadonlyMap<string, Transaction>;
  readonly sales: readonly StandingSale[];
  readonly refused: ReadonlyMap<string, Refusal>;
  /** Of each enrolled member. */
  readonly members: ReadonlyMap<string, Holdings>;
  readonly reports: Readonly<Record<ReportName, readonly ReportRow[]>>;
}

/**
 * A second opinion on everything that the services grant. Each member is computed from the whole
 * history at once; there is no state and no step that a refund would have to undo.
 */
export function recount(records: {
  readonly programme: ProgrammeDocument;
  /** As they were sent: of several for one member, and of several contents of one id, the first. */
  readonly enrolments: Iterable<Enrolment>;
  readonly transactions: Iterable<Transaction>;
  /** The day that the reports are for, YYYY-MM-DD. */
  readonly asOf: string;
}): Recount {
  const { programme } = records;
  checkKnown(programme);
  const sales = standingSales(records);

  const enrolments = new Map<string, Enrolment>();
  for (const enrolment of records.enrolments)
    if (!enrolments.has(enrolment.memberId)) enrolments.set(enrolment.memberId, enrolment);

  const salesOf = new Map<string, StandingSale[]>();
  for (const sale of sales.sales) {
    if (sale.memberId === undefined) continue;
    const own = salesOf.get(sale.memberId);
    if (own === undefined) salesOf.set(sale.memberId, [sale]);
    else own.push(sale);
  }

  const members = new Map<string, Holdings>();
  for (const [memberId, enrolment] of enrolments)
    members.set(memberId, holdingsOf({ enrolment, sales: salesOf.get(memberId) ?? [], programme }));

  const reports = reportsOf({ ...records, enrolments, sales: sales.sales });
  return { ...sales, members, reports };
}
