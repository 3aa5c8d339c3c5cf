import { epochDayOf, isoDate } from '@semarak/schemas';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { shared } from './texts.ts';

/**
 * Strings that a state refers to by number. Names such as `PP-T017` are kept as `PP-T`, shared,
 * and 017.
 */
export type Names = string[];

const digitsMax = 9;

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

/** A name as it is written: its prefix’s number and how many digits it has, in one, and their number. */
export interface NameParts {
  head: number;
  digits: number;
}

export function readNameParts(from: ByteReader, into: NameParts): void {
  into.head = from.unsigned();
  into.digits = into.head % (digitsMax + 1) === 0 ? 0 : from.unsigned();
}

export function nameOf({ head, digits }: NameParts, names: Names): string {
  const prefix = names[Math.floor(head / (digitsMax + 1))];
  if (prefix === undefined) throw new RangeError('the state names a string that it lacks');
  const width = head % (digitsMax + 1);
  return width === 0 ? prefix : prefix + String(digits).padStart(width, '0');
}

export function readName(from: ByteReader, names: Names): string {
  const parts = { head: 0, digits: 0 };
  readNameParts(from, parts);
  return nameOf(parts, names);
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

/** An id as it is written: whole, or its terminal and sequence. */
export interface IdParts {
  /** Undefined: it is of the usual form. */
  whole: string | undefined;
  sequence: number;
  readonly terminal: NameParts;
}

export const noParts = (): IdParts => ({
  whole: undefined,
  sequence: 0,
  terminal: { head: 0, digits: 0 },
});

export function readIdParts(from: ByteReader, into: IdParts): void {
  const first = from.unsigned();
  into.whole = first === 0 ? from.text() : undefined;
  into.sequence = first - 1;
  if (first !== 0) readNameParts(from, into.terminal);
}

export const idOf = ({ whole, sequence, terminal }: IdParts, names: Names, day: number): string =>
  whole ?? `${nameOf(terminal, names)}/${dateText(day)}/${String(sequence)}`;

export function readId(from: ByteReader, names: Names, day: number): string {
  const parts = noParts();
  readIdParts(from, parts);
  return idOf(parts, names, day);
}

/** 16 bits of an id, made of its terminal’s digits and its sequence: the same whether it is whole or in parts. */
export function fingerprintOf(id: string): number {
  const end = id.indexOf('/');
  return mixed(
    digitsBefore(id, { end: id.length, atMost: sequenceDigitsMax }),
    digitsBefore(id, { end: end < 0 ? id.length : end, atMost: digitsMax }),
  );
}

export const fingerprintOfParts = ({ whole, sequence, terminal }: IdParts): number =>
  whole === undefined ? mixed(sequence, terminal.digits) : fingerprintOf(whole);

/** As many as a whole number up to 2^53 has. */
const sequenceDigitsMax = 16;

function digitsBefore(text: string, of: { readonly end: number; readonly atMost: number }): number {
  let value = 0;
  let factor = 1;
  const start = Math.max(0, of.end - of.atMost);
  for (let index = of.end - 1; index >= start && isDigit(text.charCodeAt(index)); index--) {
    value += (text.charCodeAt(index) - 48) * factor;
    factor *= 10;
  }
  return value;
}

function mixed(sequence: number, terminal: number): number {
  const hash = Math.imul((sequence % 0x7fffffff) ^ Math.imul(terminal, 0x9e3779b1), 0x85ebca6b);
  return (hash >>> 16) ^ (hash & 0xffff);
}

/** The business day in an id, or 0. */
export function dayInId(id: string): number {
  const first = id.indexOf('/');
  return epochDayOf(id.slice(first + 1, id.indexOf('/', first + 1))) ?? 0;
}
