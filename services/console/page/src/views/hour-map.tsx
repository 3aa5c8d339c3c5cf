import { useState } from 'react';
import type { Row } from '../api/reports.ts';
import { useLanguage } from '../i18n/language.tsx';
import { ReportCard } from '../parts/card.tsx';
import { named } from '../parts/columns.ts';
import { Segmented } from '../parts/segmented.tsx';
import { useSelection } from '../selection/selection.tsx';
import { hourMap, shadeOf, shades, type HourFigures, type Measure } from '../tenants/hours.ts';

/** Hours of the day by category, as a table whose cells are the picture. */
export function HourMap() {
  const { m } = useLanguage();
  const { period } = useSelection();
  const [measure, setMeasure] = useState<Measure>('transactions');
  return (
    <ReportCard
      report="report_hours_by_category"
      title={m.hours}
      lead={m.hoursLead}
      tools={
        <Segmented
          label={m.measure}
          value={measure}
          options={[
            { value: 'transactions', label: m.transactions },
            { value: 'spend', label: m.spend },
          ]}
          onChange={setMeasure}
        />
      }
      select={(rows) => rows.filter((row) => row.period === period && row.transactions > 0)}
    >
      {(rows) => <HourTable rows={rows} measure={measure} />}
    </ReportCard>
  );
}

function HourTable(props: { rows: readonly Row<'report_hours_by_category'>[]; measure: Measure }) {
  const { measure } = props;
  const { m, format } = useLanguage();
  const { currency } = useSelection().programme;
  const { hours, rows, max, busiest } = hourMap(props.rows, { measure });
  const written = (cell: HourFigures) =>
    measure === 'spend' ? format.money(cell.spend, currency) : format.count(cell.transactions);
  const short = (cell: HourFigures) => format.short(cell[measure]);
  const category = (name: string) => named(name, m.unknown);
  return (
    <>
      <table className="hours">
        <caption>
          {busiest !== undefined &&
            m.busiest(category(busiest.category), format.hour(busiest.hour), written(busiest))}
        </caption>
        <thead>
          <tr>
            <th scope="col" className="text">
              {m.category}
            </th>
            {hours.map((hour) => (
              <th key={hour} scope="col" abbr={format.hour(hour)}>
                {String(hour).padStart(2, '0')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.category} data-row={row.category}>
              <th scope="row" className="text">
                {category(row.category)}
              </th>
              {row.cells.map((cell) => (
                <td
                  key={cell.hour}
                  className={`shade-${shadeOf(cell[measure], max)}`}
                  title={`${category(cell.category)}, ${format.hour(cell.hour)}: ${written(cell)}`}
                >
                  <data value={String(cell[measure])} data-column={`${measure} ${cell.hour}`}>
                    <span aria-hidden="true">{short(cell)}</span>
                    <span className="only-heard">{written(cell)}</span>
                  </data>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="scale" aria-hidden="true">
        {m.few}
        {Array.from({ length: shades }, (_, index) => (
          <i key={index} className={`shade-${index + 1}`} />
        ))}
        {m.many}
      </p>
    </>
  );
}
