import type { Column } from './data-table.tsx';

/** A column of words; `value` stays as the report has it. */
export function textColumn<Name extends string, Item extends Readonly<Record<Name, string>>>(
  name: Name,
  { label, show = (text) => text }: { label: string; show?: (text: string) => string },
): Column<Item> {
  return {
    name,
    label,
    kind: 'text',
    value: (item) => item[name],
    show: (item) => show(item[name]),
  };
}

/** A column of numbers, written by `show`. */
export function numberColumn<Name extends string, Item extends Readonly<Record<Name, number>>>(
  name: Name,
  { label, show }: { label: string; show: (value: number) => string },
): Column<Item> {
  return {
    name,
    label,
    kind: 'number',
    value: (item) => item[name],
    show: (item) => show(item[name]),
  };
}

/** Reports say `unknown` where nothing is known. */
export const named = (value: string, unknown: string): string =>
  value === 'unknown' ? unknown : value;

/** An id, such as of a gift, a draw or a tier, as words. */
export const asWords = (id: string): string => {
  const text = id.replaceAll(/[_-]+/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
};
