import type { Row } from '../api/reports.ts';
import { RankedChart } from '../charts/ranked-chart.tsx';
import { StackedChart, type Series, type Tone } from '../charts/stacked-chart.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { ReportCard } from '../parts/card.tsx';
import { asWords, numberColumn, textColumn } from '../parts/columns.ts';
import { daysBetween, firstDayDrawn } from '../selection/days.ts';
import { useSelection } from '../selection/selection.tsx';

/** What the programme has handed out, and what is left. */
export function Rewards() {
  return (
    <div className="cards two">
      <Points />
      <Stock />
      <Tickets />
      <Gifts />
    </div>
  );
}

const pointKinds = ['given', 'redeemed', 'expired', 'outstanding'] as const;

function Points() {
  const { m, format } = useLanguage();
  const { period } = useSelection();
  return (
    <ReportCard
      report="report_points"
      title={m.points}
      lead={m.pointsLead}
      select={(rows) => rows.filter((row) => row.period === period)}
    >
      {([row]) =>
        row !== undefined && (
          <RankedChart
            title={m.points}
            rows={pointKinds.map((kind) => ({ kind, points: row[kind] }))}
            rowKey={({ kind }) => kind}
            label={({ kind }) => m[kind]}
            value={({ points }) => points}
            shown={({ points }) => format.count(points)}
            columns={[
              textColumn('kind', { label: m.points, show: (kind) => m[kindOf(kind)] }),
              numberColumn('points', { label: m.total, show: format.count }),
            ]}
          />
        )
      }
    </ReportCard>
  );
}

const kindOf = (text: string): (typeof pointKinds)[number] =>
  pointKinds.find((kind) => kind === text) ?? 'given';

function Stock() {
  const { m, format } = useLanguage();
  const ofStock = ({ stock_left, stock }: Row<'report_gift_stock'>) =>
    m.leftOf(format.count(stock_left), format.count(stock));
  return (
    <ReportCard
      report="report_gift_stock"
      title={m.giftStock}
      lead={m.giftStockLead}
      select={(rows) => rows}
    >
      {(rows) => (
        <RankedChart
          title={m.giftStock}
          rows={rows}
          rowKey={({ campaign, gift, edition }) => `${campaign} ${gift} ${edition}`}
          label={({ gift, edition }) => giftName({ gift, edition })}
          value={({ stock_left }) => stock_left}
          shown={ofStock}
          columns={[
            textColumn('gift', { label: m.gift, show: asWords }),
            textColumn('edition', { label: m.edition, show: asWords }),
            numberColumn('stock_left', { label: m.stockLeft, show: format.count }),
            numberColumn('stock', { label: m.stock, show: format.count }),
          ]}
        />
      )}
    </ReportCard>
  );
}

const giftName = ({ gift, edition }: { gift: string; edition: string }): string =>
  edition === '' ? asWords(gift) : `${asWords(gift)}, ${asWords(edition).toLowerCase()}`;

type CountedKind = 'issued' | 'voided' | 'earned' | 'returned' | 'unavailable' | 'claimed';

/** One series of each kind over the days, from rows that may have several a day. */
function useSeriesByDay() {
  const { m, format } = useLanguage();
  const { asOf, period } = useSelection();
  const days = daysBetween(firstDayDrawn(period, asOf), asOf);
  const series = <Kind extends CountedKind>(
    rows: readonly (Readonly<Record<Kind, number>> & { readonly day: string })[],
    kinds: readonly { readonly kind: Kind; readonly tone: Tone }[],
  ): Series[] =>
    kinds.map(({ kind, tone }) => ({
      name: m[kind],
      tone,
      marks: days.map((day) => {
        const ofDay = rows.filter((row) => row.day === day);
        const value = ofDay.reduce((sum, row) => sum + row[kind], 0);
        const exact = format.count(value);
        return { label: format.shortDay(day), value, shown: exact, exact };
      }),
    }));
  return { first: days[0] ?? '', series };
}

function Tickets() {
  const { m, format } = useLanguage();
  const { first, series } = useSeriesByDay();
  return (
    <ReportCard
      report="report_tickets_by_day"
      title={m.ticketsByDay}
      lead={m.ticketsByDayLead}
      select={(rows) => rows.filter(({ day }) => day >= first)}
    >
      {(rows) => (
        <StackedChart
          title={m.ticketsByDay}
          series={series(rows, [
            { kind: 'issued', tone: 'accent' },
            { kind: 'voided', tone: 'quiet' },
          ])}
          rows={rows}
          rowKey={({ day, draw }) => `${day} ${draw}`}
          columns={[
            textColumn('day', { label: m.day, show: format.longDay }),
            textColumn('draw', { label: m.draw, show: asWords }),
            numberColumn('issued', { label: m.issued, show: format.count }),
            numberColumn('voided', { label: m.voided, show: format.count }),
          ]}
        />
      )}
    </ReportCard>
  );
}

function Gifts() {
  const { m, format } = useLanguage();
  const { first, series } = useSeriesByDay();
  return (
    <ReportCard
      report="report_gifts_by_day"
      title={m.giftsByDay}
      lead={m.giftsByDayLead}
      select={(rows) => rows.filter(({ day }) => day >= first)}
    >
      {(rows) => (
        <StackedChart
          title={m.giftsByDay}
          series={series(rows, [
            { kind: 'earned', tone: 'accent' },
            { kind: 'claimed', tone: 'mid' },
            { kind: 'returned', tone: 'quiet' },
            { kind: 'unavailable', tone: 'faint' },
          ])}
          rows={rows}
          rowKey={({ day, campaign, gift, edition }) => `${day} ${campaign} ${gift} ${edition}`}
          columns={[
            textColumn('day', { label: m.day, show: format.longDay }),
            textColumn('gift', { label: m.gift, show: asWords }),
            textColumn('edition', { label: m.edition, show: asWords }),
            numberColumn('earned', { label: m.earned, show: format.count }),
            numberColumn('claimed', { label: m.claimed, show: format.count }),
            numberColumn('returned', { label: m.returned, show: format.count }),
            numberColumn('unavailable', { label: m.unavailable, show: format.count }),
          ]}
        />
      )}
    </ReportCard>
  );
}
