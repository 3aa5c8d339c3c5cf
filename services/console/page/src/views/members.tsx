import { useState } from 'react';
import type { Row } from '../api/reports.ts';
import { RankedChart } from '../charts/ranked-chart.tsx';
import { StackedChart, type Series, type Tone } from '../charts/stacked-chart.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { isRise, movementsIn, type Movement } from '../members/tiers.ts';
import { ReportCard } from '../parts/card.tsx';
import { asWords, numberColumn, textColumn } from '../parts/columns.ts';
import { useSelection } from '../selection/selection.tsx';

/** How members rise and fall, who is close to rising, and who is worth a letter. */
export function Members() {
  return (
    <div className="cards two">
      <TierMovement />
      <Groups />
      <NearNextTier />
    </div>
  );
}

/** A tier by its name in the language, or as the programme calls it. */
function useTierName() {
  const { m } = useLanguage();
  return (tier: string): string => m.tiers[tier] ?? asWords(tier);
}

function TierMovement() {
  const { m, format } = useLanguage();
  const tierName = useTierName();
  return (
    <ReportCard
      report="report_tier_movement_by_month"
      title={m.tierMovement}
      lead={m.tierMovementLead}
      select={(rows) => rows.filter(({ changes }) => changes > 0)}
    >
      {(rows) => (
        <StackedChart
          title={m.tierMovement}
          series={movementSeries(rows, {
            movementName: ({ from_tier, to_tier }) =>
              m.movement(tierName(from_tier), tierName(to_tier)),
            monthName: format.shortMonth,
            count: format.count,
          })}
          rows={rows}
          rowKey={({ month, from_tier, to_tier }) => `${month} ${from_tier} ${to_tier}`}
          columns={[
            textColumn('month', { label: m.month, show: format.month }),
            textColumn('from_tier', { label: m.from, show: tierName }),
            textColumn('to_tier', { label: m.to, show: tierName }),
            numberColumn('changes', { label: m.changes, show: format.count }),
          ]}
        />
      )}
    </ReportCard>
  );
}

/** Months from the first of the year that has a change; falls count downwards. */
function movementSeries(
  rows: readonly Row<'report_tier_movement_by_month'>[],
  words: {
    movementName: (movement: Movement) => string;
    monthName: (month: string) => string;
    count: (value: number) => string;
  },
): Series[] {
  const months = [...new Set(rows.map(({ month }) => month))].sort();
  return movementsIn(rows).map((movement, index) => ({
    name: words.movementName(movement),
    tone: toneOf(movement, index),
    marks: months.map((month) => {
      const row = rows.find(
        (one) =>
          one.month === month &&
          one.from_tier === movement.from_tier &&
          one.to_tier === movement.to_tier,
      );
      const changes = row?.changes ?? 0;
      const exact = words.count(changes);
      const value = isRise(movement) ? changes : -changes;
      return { label: words.monthName(month), value, shown: exact, exact };
    }),
  }));
}

const riseTones: readonly Tone[] = ['soft', 'mid', 'accent'];
const fallTones: readonly Tone[] = ['quiet', 'faint'];

/** The higher a rise ends the stronger; falls are grey. */
function toneOf(movement: Movement, index: number): Tone {
  const own = isRise(movement) ? riseTones : fallTones;
  return own[index % own.length] ?? 'accent';
}

function Groups() {
  const { m, format } = useLanguage();
  const { currency } = useSelection().programme;
  const money = (value: number) => format.money(value, currency);
  const groupName = (group: string) =>
    m.groupNames[group.toLowerCase().replaceAll(/[ -]+/g, '_')] ?? asWords(group);
  return (
    <ReportCard
      report="report_member_groups"
      title={m.groups}
      lead={m.groupsLead}
      select={(rows) => rows}
    >
      {(rows) => (
        <RankedChart
          title={m.groups}
          rows={rows}
          rowKey={({ member_group }) => member_group}
          label={({ member_group }) => groupName(member_group)}
          value={({ members }) => members}
          shown={({ members }) => format.count(members)}
          columns={[
            textColumn('member_group', { label: m.group, show: groupName }),
            numberColumn('members', { label: m.members, show: format.count }),
            numberColumn('average_spending', { label: m.averagePerMember, show: money }),
            numberColumn('sales', { label: m.transactions, show: format.count }),
            numberColumn('spend', { label: m.spend, show: money }),
            numberColumn('average_recency_days', { label: m.averageRecency, show: format.count }),
          ]}
        />
      )}
    </ReportCard>
  );
}

const membersShownFirst = 10;

function NearNextTier() {
  const { m, format } = useLanguage();
  const [isWhole, setIsWhole] = useState(false);
  return (
    <ReportCard
      report="report_members_near_next_tier"
      className="wide"
      title={m.nearNextTier}
      lead={m.nearNextTierLead}
      select={(rows) => [...rows].sort((a, b) => a.missing - b.missing)}
    >
      {(rows) => (
        <>
          <NearTable rows={isWhole ? rows : rows.slice(0, membersShownFirst)} />
          {rows.length > membersShownFirst && (
            <button type="button" className="quiet more" onClick={() => setIsWhole(!isWhole)}>
              {isWhole ? m.showFewer : m.showAll(format.count(rows.length))}
            </button>
          )}
        </>
      )}
    </ReportCard>
  );
}

function NearTable({ rows }: { rows: readonly Row<'report_members_near_next_tier'>[] }) {
  const { m, format } = useLanguage();
  const { currency } = useSelection().programme;
  const tierName = useTierName();
  return (
    <table className="data near">
      <caption className="only-heard">{m.nearNextTier}</caption>
      <thead>
        <tr>
          <th scope="col" className="text">
            {m.member}
          </th>
          <th scope="col" className="text">
            {m.nextTier}
          </th>
          <th scope="col" className="number of-spend">
            {m.monthSpend}
          </th>
          <th scope="col" className="number">
            {m.missing}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.member_id} data-row={row.member_id}>
            <th scope="row" className="text">
              {row.member_id}
              <small>{tierName(row.tier)}</small>
            </th>
            <td className="text">{tierName(row.next_tier)}</td>
            <td className="number of-spend">
              <data value={String(row.month_spend)} data-column="month_spend">
                {format.money(row.month_spend, currency)}
              </data>
            </td>
            <td className="number">
              <data value={String(row.missing)} data-column="missing">
                {format.money(row.missing, currency)}
              </data>
              <span className="meter" aria-hidden="true">
                <i style={{ width: `${reached(row)}%` }} />
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Per cent of the way to the next tier. */
const reached = ({ month_spend, missing }: Row<'report_members_near_next_tier'>): number =>
  (100 * Math.max(month_spend, 0)) / Math.max(month_spend + missing, 1);
