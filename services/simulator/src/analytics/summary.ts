import type { Row } from './analyst.ts';
import type { Comparison } from './one-by-one.ts';
import type { CheckedFigure } from './visibility.ts';

const rowsShown = 5;
const differencesShown = 5;
const lineWidth = 96;

/** A figure as a person reads it: its verdict, the SQL that was run, the first rows it gave. */
export function figureText(figure: CheckedFigure): string {
  const lines = [headline(figure.title, verdict(figure.found))];
  lines.push(...figure.sql.split('\n').map((line) => `  ${line}`));
  lines.push(...table(figure.rows.slice(0, rowsShown)).map((line) => `    ${line}`));
  const more = figure.rows.length - rowsShown;
  if (more > 0) lines.push(`    … and ${more} more`);
  lines.push(...wrong(figure.found ?? []));
  return lines.join('\n');
}

export function comparisonText(title: string, comparison: Comparison): string {
  const { compared, different, differences } = comparison;
  const result = different === 0 ? 'ok' : `${different} DIFFER`;
  return [headline(`  ${compared} ${title}`, result), ...wrong(differences)].join('\n');
}

function verdict(found: readonly string[] | undefined): string {
  if (found === undefined) return 'not compared';
  return found.length === 0 ? 'ok' : 'DIFFERS';
}

const headline = (title: string, result: string): string =>
  `${title} ${'.'.repeat(Math.max(2, lineWidth - title.length - result.length))} ${result}`;

function wrong(differences: readonly string[]): string[] {
  const shown = differences.slice(0, differencesShown).map((difference) => `    ! ${difference}`);
  const more = differences.length - differencesShown;
  return more > 0 ? [...shown, `    ! … and ${more} more`] : shown;
}

/** Columns side by side, texts to the left and numbers to the right. */
function table(rows: readonly Row[]): string[] {
  const [first] = rows;
  if (first === undefined) return ['(no rows)'];
  const columns = Object.keys(first).map((name) => {
    const cells = rows.map((row) => cell(row[name]));
    const isNumber = typeof first[name] === 'number';
    const width = Math.max(name.length, ...cells.map((text) => text.length));
    const pad = (text: string) => (isNumber ? text.padStart(width) : text.padEnd(width));
    return [name, ...cells].map(pad);
  });
  return (
    columns[0]?.map((_, line) =>
      columns
        .map((column) => column[line])
        .join('  ')
        .trimEnd(),
    ) ?? []
  );
}

function cell(value: string | number | undefined): string {
  if (typeof value !== 'number') return value ?? '';
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}
