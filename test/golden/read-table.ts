import { epochDayOf } from '@semarak/schemas';

export interface Row {
  /** In the file, from 1. */
  readonly line: number;
  readonly cells: ReadonlyMap<string, string>;
}

export interface Case {
  readonly title: string;
  readonly text: string;
  readonly rows: readonly Row[];
}

const monthNames = 'JanFebMarAprMayJunJulAugSepOctNovDec';
/** Jakarta is seven hours ahead of UTC all year. */
const jakartaOffsetMs = 7 * 3_600_000;
const dayMs = 86_400_000;

/** The cases of a table file: each heading of the third level with its text and its table. */
export function casesOf(markdown: string): Case[] {
  const lines = markdown.split('\n');
  const starts = lines.flatMap((line, index) => (line.startsWith('### ') ? [index] : []));
  return starts.map((start, nth) => {
    const body = lines.slice(start + 1, starts[nth + 1]);
    const table = body.flatMap((text, index) =>
      text.startsWith('|') ? [{ line: start + index + 2, cells: cellsOf(text) }] : [],
    );
    const [head, , ...rows] = table;
    return {
      title: lines[start]?.slice(4) ?? '',
      text: body.filter((line) => !line.startsWith('|')).join(' '),
      rows: rows.map(({ line, cells }) => {
        if (cells.length !== head?.cells.length) throw new Error(`line ${String(line)}: cells`);
        return { line, cells: new Map(head.cells.map((title, at) => [title, cells[at] ?? ''])) };
      }),
    };
  });
}

const cellsOf = (text: string): string[] =>
  text
    .trim()
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());

/** `Rp1.250.000` as 1250000. Throws on anything else. */
export function amountOf(text: string): number {
  if (!/^Rp\d{1,3}(\.\d{3})*$/.test(text)) throw new Error(`"${text}" is no amount`);
  return Number(text.slice(2).replaceAll('.', ''));
}

/** `2 Dec 2014` as days since 1970-01-01. Throws on anything else. */
export function dayOf(text: string): number {
  const [, date = '', name = '', year = ''] = /^(\d{1,2}) (\w{3}) (\d{4})$/.exec(text) ?? [];
  const month = String(monthNames.indexOf(name) / 3 + 1).padStart(2, '0');
  const day = epochDayOf(`${year}-${month}-${date.padStart(2, '0')}`);
  if (day === undefined) throw new Error(`"${text}" is no day like 2 Dec 2014`);
  return day;
}

/** `2 Dec 2014 18:00` or `… 17:59:59` on the mall’s clock, as epoch milliseconds. */
export function instantOf(text: string): number {
  const [, day = '', hours, minutes, seconds = '0'] =
    /^(.+) (\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  if (hours === undefined) throw new Error(`"${text}" is no time like 2 Dec 2014 18:00`);
  const ofDay = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return dayOf(day) * dayMs + ofDay * 1000 - jakartaOffsetMs;
}

/** The mall’s date of an instant, as days since 1970-01-01. */
export const mallDayOf = (instantMs: number): number =>
  Math.floor((instantMs + jakartaOffsetMs) / dayMs);
