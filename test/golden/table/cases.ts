import {
  decide,
  decodeState,
  encodeState,
  initialState,
  whyImpossible,
  withClosedDay,
  type MemberState,
  type ProgrammeRules,
} from '@semarak/programme';
import type { ProgrammeDocument } from '@semarak/schemas';
import { givenCells, hear, heldCells, mustAgree, nothing, nothingTold, type Told } from './held.ts';
import { historyName } from './history-name.ts';
import { sectionsOf, type Row, type Section } from './markdown.ts';
import { arrivalsOf, type Arrival } from './records.ts';

/** One case: what arrives, and what the table says after each. */
export interface Case {
  readonly name: string;
  /** What stands before the case’s own rows. */
  readonly beginning: readonly Step[];
  readonly steps: readonly Step[];
  /** `held`: everything the member holds after the row; `given`: what the row’s sale gives. */
  readonly shows: 'held' | 'given';
}

interface Step {
  readonly row: Row;
  readonly arrival: Arrival;
}

const beginningsChapter = 'Beginnings';
const kinds = /(Each row alone|In turn)(?:, after _([^_]+)_)?\./;

/**
 * The cases of a programme’s file. A section `In turn` is one case; of a section `Each row alone` each
 * row is one, and so is each beginning. Throws on a section that says neither.
 */
export function casesOf(markdown: string, document: ProgrammeDocument): Case[] {
  const sections = sectionsOf(markdown);
  const beginnings = new Map(
    sections
      .filter(({ chapter }) => chapter === beginningsChapter)
      .map((each) => [each.title, each]),
  );
  return sections.flatMap((section): Case[] => {
    const [, kind, after] = kinds.exec(section.text) ?? [];
    const begun = after === undefined ? undefined : beginnings.get(after);
    if (kind === undefined || (after !== undefined && begun === undefined) || !section.rows.length)
      throw new Error(`line ${section.line}: "${section.title}" is no case`);
    const before = begun?.rows ?? [];
    if (kind === 'In turn')
      return [caseOf(section, { before, rows: section.rows, document, shows: 'held' })];
    return section.rows.map((row) =>
      caseOf(section, { before, rows: [row], document, shows: 'given' }),
    );
  });
}

function caseOf(
  { chapter, title }: Section,
  parts: {
    readonly before: readonly Row[];
    readonly rows: readonly Row[];
    readonly document: ProgrammeDocument;
    readonly shows: Case['shows'];
  },
): Case {
  const { before, rows, document, shows } = parts;
  const all = [...before, ...rows.map((row) => (shows === 'given' ? asSale(row) : row))];
  const arrivals = arrivalsOf(all, document);
  const steps = all.flatMap((row, index): Step[] => {
    const arrival = arrivals[index];
    return arrival === undefined ? [] : [{ row, arrival }];
  });
  const which = shows === 'given' ? `, line ${rows[0]?.line ?? 0}` : '';
  return {
    name: `${chapter}: ${title}${which}`,
    beginning: steps.slice(0, before.length),
    steps: steps.slice(before.length),
    shows,
  };
}

/** Rows that stand alone are sales, without saying so. */
const asSale = ({ line, cells }: Row): Row => ({
  line,
  cells: new Map([...cells, ['what', 'sale 1']]),
});

interface History {
  state: MemberState;
  readonly told: Told;
}

/** How a state gets from one record to the next: kept as it is, or as bytes in between. */
export type Keeping = 'in_memory' | 'as_bytes';

/** Where the engine differs from the table: one line each, naming the line of the file. */
export function differences(
  of: Case,
  { rules, keeping }: { readonly rules: ProgrammeRules; readonly keeping: Keeping },
): string[] {
  const histories = new Map<string, History>();
  let current = rules;
  const found: string[] = [];
  const take = ({ arrival }: Step): History | undefined => {
    if (arrival.type === 'day_closed') {
      current = withClosedDay(rules, arrival.day);
      return histories.values().next().value;
    }
    const { record } = arrival;
    if (record.type === 'TransactionRecorded') {
      const impossible = whyImpossible(record.value, rules);
      if (impossible !== undefined) throw new Error(`line ${arrival.line}: ${impossible}`);
    }
    const name = historyName(record);
    const history = histories.get(name) ?? { state: initialState(), told: nothingTold() };
    histories.set(name, history);
    const decision = decide(history.state, record, current);
    history.state =
      keeping === 'as_bytes' ? decodeState(encodeState(decision.state)) : decision.state;
    for (const event of decision.events) hear(history.told, event);
    mustAgree(history.told, history.state);
    return history;
  };
  of.beginning.forEach(take);
  for (const step of of.steps) {
    const history = take(step);
    if (history === undefined) throw new Error(`line ${step.arrival.line}: nobody is there`);
    const { told, state } = history;
    const cells =
      of.shows === 'held'
        ? heldCells(told, state, current)
        : givenCells(told, saleId(step.arrival));
    found.push(...compare(step.row, cells));
  }
  return found;
}

/** A table without a column says that there is nothing of it. */
function compare(row: Row, cells: Readonly<Record<string, string>>): string[] {
  return Object.entries(cells).flatMap(([column, is]) => {
    const says = row.cells.get(column) ?? nothing;
    return says === is ? [] : [`line ${row.line}, ${column}: the table says ${says}, it is ${is}`];
  });
}

function saleId(arrival: Arrival): string {
  if (arrival.type !== 'record' || arrival.record.type !== 'TransactionRecorded')
    throw new Error(`line ${arrival.line}: only a sale can stand alone`);
  return arrival.record.value.transactionId;
}
