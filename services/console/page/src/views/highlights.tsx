import type { CSSProperties, ReactNode } from 'react';
import type { ReportName, Row } from '../api/reports.ts';
import { useReport, type Report } from '../api/use-report.ts';
import { useLanguage } from '../i18n/language.tsx';
import { ChangeText } from '../parts/change-text.tsx';
import { useSelection } from '../selection/selection.tsx';

/** The five numbers that are looked at first. */
export function Highlights() {
  const { m, format } = useLanguage();
  const { programme, period } = useSelection();
  const { currency } = programme;
  const tenants = useReport('report_tenants');
  const spend = total(tenants, period, ({ spend }) => spend);
  const spendBefore = total(tenants, period, ({ previous_spend }) => previous_spend);
  const visits = total(tenants, period, (row) => row.visits);
  const visitsBefore = total(tenants, period, ({ previous_visits }) => previous_visits);
  const active = total(
    useReport('report_active_members_by_gender'),
    period,
    (row) => row.active_members,
  );
  const fresh = total(useReport('report_new_members'), period, (row) => row.new_members);
  const points = total(useReport('report_points'), period, ({ outstanding }) => outstanding);
  const against = (now: number | undefined, before: number | undefined) =>
    now === undefined || before === undefined ? undefined : before === 0 ? (
      m.nothingBefore(m.before[period])
    ) : (
      <>
        <ChangeText now={now} before={before} /> {m.against('', m.before[period]).trim()}
      </>
    );
  return (
    <ul className="highlights">
      <Highlight
        name="spend"
        label={m.spend}
        value={spend}
        shown={spend === undefined ? '' : format.money(spend, currency)}
        note={against(spend, spendBefore) ?? m.allSales}
      />
      <Highlight
        name="visits"
        label={m.visits}
        value={visits}
        shown={format.count(visits ?? 0)}
        note={against(visits, visitsBefore) ?? m.allSales}
      />
      <Highlight
        name="active_members"
        label={m.activeMembers}
        value={active}
        shown={format.count(active ?? 0)}
        note={m.byMembers}
      />
      <Highlight
        name="new_members"
        label={m.newMembers}
        value={fresh}
        shown={format.count(fresh ?? 0)}
        note={m.enrolled}
      />
      <Highlight
        name="outstanding"
        label={m.pointsOutstanding}
        value={points}
        shown={format.count(points ?? 0)}
        note={m.heldNow}
      />
    </ul>
  );
}

/** Undefined while the report is not there. */
function total<Name extends ReportName>(
  report: Report<Name>,
  period: string,
  value: (row: Row<Name>) => number,
): number | undefined {
  if (report.type !== 'ready') return undefined;
  const rows = report.rows.filter((row) => 'period' in row && row.period === period);
  return rows.reduce((sum, row) => sum + value(row), 0);
}

function Highlight(props: {
  name: string;
  label: string;
  value: number | undefined;
  shown: string;
  note: ReactNode;
}) {
  const { name, label, value, shown, note } = props;
  return (
    <li data-highlight={name}>
      <span className="label">{label}</span>
      {value === undefined ? (
        <span className="value waiting" aria-hidden="true">
          –
        </span>
      ) : (
        <data
          className="value"
          value={String(value)}
          style={{ '--characters': shown.length } as CSSProperties}
        >
          {shown}
        </data>
      )}
      <span className="note">{note}</span>
    </li>
  );
}
