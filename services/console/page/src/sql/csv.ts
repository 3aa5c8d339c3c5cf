import type { QueryAnswer } from '../api/reports.ts';

/**
 * What a spreadsheet takes for a formula or throws away at the beginning of a cell: = + - @, in full width
 * too, and control characters (OWASP, "CSV Injection").
 */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const formula = /^[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\u0000-\u001F\u007F-\u009F]/;

/**
 * The result as CSV after RFC 4180 for a spreadsheet, marked as UTF-8, with a header line; NULL is an empty
 * field. Text that would be a formula has an apostrophe before it; numbers stay as they are.
 */
export function toCsv({ columns, rows }: Pick<QueryAnswer, 'columns' | 'rows'>): string {
  const lines = [columns.map(({ name }) => safe(name)), ...rows.map((row) => row.map(field))];
  return `\uFEFF${lines.map((line) => `${line.map(quoted).join(',')}\r\n`).join('')}`;
}

/** A value as it is shown: lists and maps as JSON, NULL as nothing. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const safe = (text: string): string => (formula.test(text) ? `'${text}` : text);

const field = (value: unknown): string =>
  typeof value === 'string' ? safe(value) : cellText(value);

const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
