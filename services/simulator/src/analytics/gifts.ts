import type { EntitledGift } from '../recount/members.ts';
import type { Row } from './analyst.ts';

/**
 * Who gets the last item follows the log, which the simulation does not see, so only this is certain:
 * each right is an item handed out or one that was unavailable; no more is handed out than the stock;
 * and while all that ever left the stock is less than it, nothing can have been unavailable.
 */
export function giftDifferences(found: {
  readonly gifts: readonly EntitledGift[];
  readonly rows: readonly Row[];
}): string[] {
  const nameOf = (of: { campaign?: unknown; edition?: unknown; month?: unknown }) =>
    `${String(of.campaign)} ${String(of.edition)} ${String(of.month)}`;
  const rights = new Map<string, { count: number; stock: number }>();
  for (const gift of found.gifts) {
    const known = rights.get(nameOf(gift)) ?? { count: 0, stock: gift.stock };
    known.count += 1;
    rights.set(nameOf(gift), known);
  }
  const rows = new Map(found.rows.map((row) => [nameOf(row), row]));
  const differences: string[] = [];
  for (const [name, { count, stock }] of rights) {
    const row = rows.get(name);
    if (row === undefined) {
      differences.push(`missing: ${name} with ${count} rights`);
      continue;
    }
    const {
      rights: actual,
      handed_out,
      unavailable,
      returned,
    } = row as Readonly<Record<string, number>>;
    if (actual === undefined || handed_out === undefined) throw new Error('columns are missing');
    if (actual !== count) differences.push(`${name}: expected ${count} rights; found ${actual}`);
    if (handed_out > stock)
      differences.push(`${name}: ${handed_out} handed out of a stock of ${stock}`);
    if ((unavailable ?? 0) > 0 && handed_out + (returned ?? 0) < stock)
      differences.push(`${name}: unavailable although only ${handed_out} of ${stock} are out`);
  }
  for (const [name, row] of rows)
    if (!rights.has(name) && row['rights'] !== 0) differences.push(`unexpected: ${name}`);
  return differences;
}
