import { useId } from 'react';
import type { QueryAnswer } from '../api/reports.ts';
import { useLanguage } from '../i18n/language.tsx';
import { saveFile } from '../parts/save-file.ts';
import { cellText, toCsv } from '../sql/csv.ts';

const rowsShownMax = 200;
const numbers = /^(Nullable\()?(LowCardinality\()?(U?Int|Float|Decimal)/;

export function SqlResult({ answer }: { answer: QueryAnswer }) {
  const { m, format } = useLanguage();
  const heading = useId();
  const { columns, rows } = answer;
  const kinds = columns.map(({ type }) => (numbers.test(type) ? 'number' : 'text'));
  const save = (): void => {
    saveFile(new Blob([toCsv(answer)], { type: 'text/csv' }), 'semarak-result.csv');
  };
  return (
    <div className="result">
      <div className="result-head">
        <h3 id={heading}>{m.result}</h3>
        <p
          role="status"
          data-rows={answer.row_count}
          data-elapsed-ms={answer.elapsed_ms}
          data-rows-read={answer.rows_read}
        >
          {m.resultLine(
            format.count(answer.row_count),
            format.count(answer.elapsed_ms),
            format.count(answer.rows_read),
            format.bytes(answer.bytes_read),
          )}
        </p>
        <button type="button" className="quiet" onClick={save}>
          {m.saveCsv}
        </button>
      </div>
      {answer.truncated && <p className="notice">{m.truncated}</p>}
      {rows.length > rowsShownMax && (
        <p className="notice">{m.shownRows(format.count(rowsShownMax))}</p>
      )}
      {rows.length === 0 ? (
        <p className="empty">{m.noRows}</p>
      ) : (
        <div className="scroll" role="region" aria-labelledby={heading} tabIndex={0}>
          <table className="data sql">
            <thead>
              <tr>
                {columns.map(({ name, type }, index) => (
                  <th key={`${name} ${index}`} scope="col" className={kinds[index]} title={type}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, rowsShownMax).map((row, index) => (
                <tr key={index}>
                  {row.map((value, column) => (
                    <td key={column} className={kinds[column]}>
                      {cellText(value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
