import type { Period } from '../api/reports.ts';
import { useLanguage } from '../i18n/language.tsx';
import { ReportCard } from '../parts/card.tsx';
import { named, numberColumn, textColumn } from '../parts/columns.ts';
import { firstDayDrawn } from '../selection/days.ts';
import { useSelection } from '../selection/selection.tsx';
import { ColumnsChart, RankedChart } from '../charts/ranked-chart.tsx';
import { Highlights } from './highlights.tsx';

/** The five reports of the report database. */
export function Overview() {
  return (
    <>
      <Highlights />
      <div className="cards two">
        <AverageSpending />
        <Transactions />
      </div>
      <div className="cards three">
        <ByZone />
        <ByAge />
        <ByGender />
        <NewMembers />
      </div>
    </>
  );
}

/** Keeps the rows of the selected period. */
function useOfPeriod() {
  const { period } = useSelection();
  return <Item extends { readonly period: Period }>(rows: readonly Item[]): Item[] =>
    rows.filter((row) => row.period === period);
}

function AverageSpending() {
  const { m, format } = useLanguage();
  const { currency } = useSelection().programme;
  const ofPeriod = useOfPeriod();
  const money = (value: number) => format.money(value, currency);
  const known = (name: string) => named(name, m.unknown);
  return (
    <ReportCard
      report="report_average_spending_by_category"
      title={m.averageSpending}
      lead={m.averageSpendingLead}
      select={(rows) => ofPeriod(rows).sort((a, b) => b.average_spending - a.average_spending)}
    >
      {(rows) => (
        <RankedChart
          title={m.averageSpending}
          rows={rows}
          rowKey={({ category }) => category}
          label={({ category }) => known(category)}
          value={({ average_spending }) => average_spending}
          shown={({ average_spending }) => format.shortMoney(average_spending, currency)}
          exact={({ average_spending }) => money(average_spending)}
          columns={[
            textColumn('category', { label: m.category, show: known }),
            numberColumn('average_spending', { label: m.average, show: money }),
            numberColumn('customers', { label: m.customers, show: format.count }),
            numberColumn('spend', { label: m.spend, show: money }),
          ]}
        />
      )}
    </ReportCard>
  );
}

function Transactions() {
  const { m, format } = useLanguage();
  const ofPeriod = useOfPeriod();
  const known = (name: string) => named(name, m.unknown);
  return (
    <ReportCard
      report="report_transactions_by_category"
      title={m.transactionsByCategory}
      lead={m.transactionsByCategoryLead}
      select={(rows) => ofPeriod(rows).sort((a, b) => b.transactions - a.transactions)}
    >
      {(rows) => (
        <RankedChart
          title={m.transactionsByCategory}
          rows={rows}
          rowKey={({ category }) => category}
          label={({ category }) => known(category)}
          value={({ transactions }) => transactions}
          shown={({ transactions }) => format.count(transactions)}
          columns={[
            textColumn('category', { label: m.category, show: known }),
            numberColumn('transactions', { label: m.transactions, show: format.count }),
          ]}
        />
      )}
    </ReportCard>
  );
}

function ByZone() {
  const { m, format } = useLanguage();
  const ofPeriod = useOfPeriod();
  const known = (name: string) => named(name, m.unknown);
  return (
    <ReportCard
      report="report_active_members_by_zone"
      title={m.byZone}
      lead={m.byZoneLead}
      select={(rows) => ofPeriod(rows).sort((a, b) => b.active_members - a.active_members)}
    >
      {(rows) => (
        <RankedChart
          title={m.byZone}
          rows={rows}
          rowKey={({ zone }) => zone}
          label={({ zone }) => known(zone)}
          value={({ active_members }) => active_members}
          shown={({ active_members }) => format.count(active_members)}
          columns={[
            textColumn('zone', { label: m.zone, show: known }),
            numberColumn('active_members', { label: m.activeMembers, show: format.count }),
          ]}
        />
      )}
    </ReportCard>
  );
}

function ByAge() {
  const { m, format } = useLanguage();
  const ofPeriod = useOfPeriod();
  const written = (band: string) => m.ageBands[band] ?? named(band, m.unknown);
  return (
    <ReportCard
      report="report_active_members_by_age"
      title={m.byAge}
      lead={m.byAgeLead}
      select={ofPeriod}
    >
      {(rows) => (
        <RankedChart
          title={m.byAge}
          rows={rows}
          rowKey={({ age_band }) => age_band}
          label={({ age_band }) => written(age_band)}
          value={({ active_members }) => active_members}
          shown={({ active_members }) => format.count(active_members)}
          columns={[
            textColumn('age_band', { label: m.ageBand, show: written }),
            numberColumn('active_members', { label: m.activeMembers, show: format.count }),
          ]}
        />
      )}
    </ReportCard>
  );
}

function ByGender() {
  const { m, format } = useLanguage();
  const ofPeriod = useOfPeriod();
  const written = (gender: string) => m.genders[gender] ?? named(gender, m.unknown);
  return (
    <ReportCard
      report="report_active_members_by_gender"
      title={m.byGender}
      lead={m.byGenderLead}
      select={(rows) => ofPeriod(rows).sort((a, b) => b.active_members - a.active_members)}
    >
      {(rows) => {
        const all = rows.reduce((sum, { active_members }) => sum + active_members, 0);
        const share = (value: number) => format.percent(all === 0 ? 0 : value / all);
        return (
          <RankedChart
            title={m.byGender}
            rows={rows}
            rowKey={({ gender }) => gender}
            label={({ gender }) => written(gender)}
            value={({ active_members }) => active_members}
            shown={({ active_members: n }) => `${format.count(n)} · ${share(n)}`}
            exact={({ active_members: n }) => `${format.count(n)} (${share(n)})`}
            columns={[
              textColumn('gender', { label: m.gender, show: written }),
              numberColumn('active_members', { label: m.activeMembers, show: format.count }),
            ]}
          />
        );
      }}
    </ReportCard>
  );
}

function NewMembers() {
  const { m, format } = useLanguage();
  const { asOf, period } = useSelection();
  const first = firstDayDrawn(period, asOf);
  return (
    <ReportCard
      report="report_new_members_by_day"
      className="wide"
      title={m.newMembersByDay}
      lead={m.newMembersByDayLead(format.longDay(first), format.longDay(asOf))}
      select={(rows) => rows.filter(({ day }) => day >= first && day <= asOf)}
    >
      {(rows) => (
        <ColumnsChart
          title={m.newMembersByDay}
          rows={rows}
          rowKey={({ day }) => day}
          label={({ day }) => format.shortDay(day)}
          value={({ new_members }) => new_members}
          shown={({ new_members }) => format.count(new_members)}
          columns={[
            textColumn('day', { label: m.day, show: format.longDay }),
            numberColumn('new_members', { label: m.newMembers, show: format.count }),
          ]}
        />
      )}
    </ReportCard>
  );
}
