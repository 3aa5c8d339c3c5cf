import { epochDayOf, isoDate } from '@semarak/schemas';
import type { ByteReader, ByteWriter } from './bytes.ts';

/**
 * Strings that a state refers to by number. Names such as `PP-T017` are kept as `PP-T`, shared,
 * and 017.
 */
export type Names = string[];

const digitsMax = 9;

const sharedMax = 10_000;
const sharedTexts = new Map<string, string>();

/** An equal string; most states refer to the same few, and of the first ones met all have the same one. */
export function shared(text: string): string {
  const known = sharedTexts.get(text);
  if (known !== undefined) return known;
  if (sharedTexts.size < sharedMax) sharedTexts.set(text, text);
  return text;
}

function nameIndex(names: Names, text: string): number {
  const known = names.indexOf(text);
  return known >= 0 ? known : names.push(shared(text)) - 1;
}

export const writeText = (to: ByteWriter, names: Names, text: string): void =>
  to.unsigned(nameIndex(names, text));

export function readText(from: ByteReader, names: Names): string {
  const text = names[from.unsigned()];
  if (text === undefined) throw new RangeError('the state names a string that it lacks');
  return text;
}

/** A name with its trailing digits, at most nine, as a number. */
export function writeName(to: ByteWriter, names: Names, name: string): void {
  let start = name.length;
  while (start > 0 && name.length - start < digitsMax && isDigit(name.charCodeAt(start - 1)))
    start--;
  const width = name.length - start;
  to.unsigned(nameIndex(names, name.slice(0, start)) * (digitsMax + 1) + width);
  if (width > 0) to.unsigned(Number(name.slice(start)));
}

export function readName(from: ByteReader, names: Names): string {
  const head = from.unsigned();
  const prefix = names[Math.floor(head / (digitsMax + 1))];
  if (prefix === undefined) throw new RangeError('the state names a string that it lacks');
  const width = head % (digitsMax + 1);
  return width === 0 ? prefix : prefix + String(from.unsigned()).padStart(width, '0');
}

const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;

let lastDay = 0;
let lastText = isoDate(lastDay);

/** isoDate; most ids in a row are of one day. */
function dateText(day: number): string {
  if (day !== lastDay) {
    lastText = isoDate(day);
    lastDay = day;
  }
  return lastText;
}

/**
 * A transaction id. The usual form, `terminalId/businessDay/sequence` of the given day, shrinks to
 * its parts; any other is kept as it is.
 */
export function writeId(to: ByteWriter, names: Names, of: { id: string; day: number }): void {
  const { id, day } = of;
  const first = id.indexOf('/');
  const second = id.indexOf('/', first + 1);
  const date = dateText(day);
  const digits = id.slice(second + 1);
  const sequence = Number(digits);
  const usual =
    first > 0 &&
    second === first + 1 + date.length &&
    id.startsWith(date, first + 1) &&
    Number.isSafeInteger(sequence) &&
    sequence >= 0 &&
    sequence < Number.MAX_SAFE_INTEGER &&
    digits === String(sequence);
  if (!usual) {
    to.byte(0);
    to.text(id);
    return;
  }
  // 0 says that the id is kept as it is.
  to.unsigned(sequence + 1);
  writeName(to, names, id.slice(0, first));
}

export function readId(from: ByteReader, names: Names, day: number): string {
  const sequence = from.unsigned();
  if (sequence === 0) return from.text();
  return `${readName(from, names)}/${dateText(day)}/${String(sequence - 1)}`;
}

/** The business day in an id, or 0. */
export function dayInId(id: string): number {
  const first = id.indexOf('/');
  return epochDayOf(id.slice(first + 1, id.indexOf('/', first + 1))) ?? 0;
}
