import { readFileSync, readdirSync } from 'node:fs';
import { programmeFiles, readProgramme } from '@semarak/schemas';
import {
  compileRules,
  decide,
  initialState,
  standingOf,
  type MemberRecord,
} from '@semarak/programme';
import { describe, expect, it } from 'vitest';
import { amountOf, casesOf, dayOf, instantOf, mallDayOf, type Row } from './read-table.ts';

const tables = readdirSync(new URL('.', import.meta.url)).filter(
  (file) => file.endsWith('.md') && file !== 'README.md',
);

describe.each(tables)('%s', (file) => {
  const programme = file.replace(/\.md$/, '');
  const url = programmeFiles().find(({ pathname }) => pathname.endsWith(`/${programme}.json`));
  if (url === undefined) throw new Error(`${programme}.json is missing`);
  const document = readProgramme(url);
  const rules = compileRules([document]);
  const tenant = document.tenants[0]?.tenantId ?? '';
  const sections = casesOf(readFileSync(new URL(file, import.meta.url), 'utf8'));

  it.each(sections)('$title', ({ rows, text }) => {
    let state = initialState();
    const refused = new Map<string, string>();
    const take = (record: MemberRecord) => {
      const decision = decide(state, record, rules);
      state = decision.state;
      for (const { type, value } of decision.events) {
        if (type === 'TransactionRejected') refused.set(value.transactionId, value.reason);
        if (type === 'RejectionWithdrawn') refused.delete(value.transactionId);
      }
    };
    const given = /Enrolled (\d+ \w+ \d+ [\d:]+)/.exec(text)?.[1];
    if (given !== undefined) take(enrolment({ programme, at: instantOf(given) }));
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      take(recordOf(row, { programme, tenant }));
      const standing = standingOf(state, rules, {
        at: instantOf(cell(row, 'When').split(' for ')[0] ?? ''),
      });
      const line = `line ${String(row.line)}`;
      expect(`${line}: ${held(standing, refused)}`).toBe(`${line}: ${cell(row, 'Held after')}`);
    }
  });
});

const cell = (row: Row, title: string): string => row.cells.get(title) ?? '';

function enrolment({ programme, at }: { programme: string; at: number }): MemberRecord {
  return {
    type: 'MemberEnrolled',
    value: { programme, memberId: 'M1', enrolledAt: at, receivedAt: at + 1000 },
  };
}

/** A row as the record that it tells of; it arrives a second after it happened unless told. */
function recordOf(row: Row, of: { programme: string; tenant: string }): MemberRecord {
  const [when = '', forDay] = cell(row, 'When').split(' for ');
  const occurredAt = instantOf(when);
  const what = cell(row, 'What');
  if (what === 'enrolment') return enrolment({ programme: of.programme, at: occurredAt });
  const [, type, original] = /^(sale|refund|void)(?: of (\d+))?$/.exec(what) ?? [];
  if (type !== 'sale' && type !== 'refund' && type !== 'void')
    throw new Error(`line ${String(row.line)}: "${what}" is no record`);
  const isVoid = type === 'void';
  const arrives = cell(row, 'Arrives');
  return {
    type: 'TransactionRecorded',
    value: {
      programme: of.programme,
      transactionId: `T1/${cell(row, 'No.')}`,
      type,
      memberId: 'M1',
      tenantId: isVoid ? null : of.tenant,
      businessDay: forDay === undefined ? mallDayOf(occurredAt) : dayOf(forDay),
      amount: isVoid ? 0 : amountOf(cell(row, 'Amount')),
      currency: isVoid ? null : 'IDR',
      occurredAt,
      receivedAt: arrives === '' ? occurredAt + 1000 : instantOf(arrives),
      originalId: original === undefined ? null : `T1/${original}`,
    },
  };
}

/** What is held, in the words of the tables. */
function held(
  standing: ReturnType<typeof standingOf>,
  refused: ReadonlyMap<string, string>,
): string {
  const sales = [...standing.transactions].reverse();
  const tickets = sales.flatMap((sale) => sale.tickets).reduce((sum, { count }) => sum + count, 0);
  const parking = sales.filter((sale) => sale.parking).length;
  return [
    `${String(standing.points)} points`,
    standing.activatedAt === null ? 'not active' : standing.tier,
    ...(tickets > 0 ? [`${String(tickets)} tickets`] : []),
    ...sales.flatMap(({ gift }) => (gift ? [`${gift.campaign} ${gift.edition}`] : [])),
    ...(parking > 0 ? [`${String(parking)} parking`] : []),
    ...[...refused].map(([id, reason]) => `${id.slice(3)} refused ${reason}`),
  ].join(', ');
}
