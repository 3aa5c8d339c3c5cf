import type { Difference } from './differences.ts';
import { keyText, rowShown, rowUnlike, type Columns } from './columns.ts';

/** A row that is not as it should be, by its key. */
export interface RowDifference extends Difference {
  readonly row: string;
}

/**
 * Compares rows by key. Both sides are texts of rows by key; a key may be there several times, which is
 * a difference of its own.
 */
export function compareRows(
  relation: { readonly name: string; readonly columns: Columns },
  rows: {
    readonly is: Iterable<readonly [key: string, text: string]>;
    readonly should: Iterable<readonly [key: string, text: string]>;
  },
): RowDifference[] {
  const { name, columns } = relation;
  const found = new Map<string, string[]>();
  for (const [key, text] of rows.is) {
    const texts = found.get(key);
    if (texts === undefined) found.set(key, [text]);
    else texts.push(text);
  }
  const differences: RowDifference[] = [];
  const tell = (key: string, row: string, says: string) =>
    differences.push({ in: name, key, says, row });
  for (const [key, should] of rows.should) {
    const texts = found.get(key);
    found.delete(key);
    const [is] = texts ?? [];
    if (texts === undefined || is === undefined)
      tell(key, should, `the row is missing: ${rowShown(columns, should)}`);
    else if (texts.length > 1)
      tell(key, should, `the row is there ${texts.length} times, should be once`);
    else if (is !== should) tell(key, should, rowUnlike(columns, is, should));
  }
  for (const [key, texts] of found)
    for (const text of texts)
      tell(key, text, `the row is there, none should be: ${rowShown(columns, text)}`);
  return differences;
}

/** Rows by their key columns. */
export function* byKey(
  relation: { readonly columns: Columns; readonly key: readonly string[] },
  texts: Iterable<string>,
): Generator<readonly [key: string, text: string]> {
  for (const text of texts) yield [keyText(relation.columns, text, relation.key), text];
}
