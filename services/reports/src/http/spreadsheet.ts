/** Says to a spreadsheet that the text is UTF-8. */
const byteOrderMark = '\uFEFF';

/**
 * What a spreadsheet takes for a formula or throws away at the beginning of a cell: = + - @, in full width
 * too, and control characters (OWASP, "CSV Injection").
 */
// eslint-disable-next-line no-control-regex -- they are what is looked for
const formula = /^[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\u0000-\u001F\u007F-\u009F]/;

/** A field in quotes, whole. ClickHouse quotes texts and dates, and no number. */
const quotedField = /"([^"]*(?:""[^"]*)*)"/g;

/**
 * ClickHouse’s CSV as a file that a person opens: marked as UTF-8, and no text of it is a formula: one that
 * would be begins with an apostrophe. Numbers stay as they are, negative ones too.
 */
export const forPeople = (csv: string): string =>
  byteOrderMark +
  csv.replace(quotedField, (field, text: string) => (formula.test(text) ? `"'${text}"` : field));
