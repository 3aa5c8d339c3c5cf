import { setTimeout as sleep } from 'node:timers/promises';
import type { Recount } from '../recount/recount.ts';
import type { Analyst, Row } from './analyst.ts';
import type { Figure } from './figures.ts';
import { isPassing } from './patience.ts';
import { isCounted, memberRows, programmeRows, tillRows, type Scope } from './scope.ts';

export interface CheckedFigure extends Figure {
  readonly rows: readonly Row[];
  /** Undefined: the figure is not to be compared. */
  readonly found: readonly string[] | undefined;
}

/** `equal`: all figures; `settled`: they differ and move no more; `timed_out`: they still moved. */
export type Ending = 'equal' | 'settled' | 'timed_out';

/** The answers to figures, when they were as expected. */
type Answers = ReadonlyMap<Figure, readonly Row[]>;

export interface WaitOptions {
  readonly visibleMsMax: number;
  readonly settledAfterMs: number;
  readonly pollMs: number;
  /** Told after each look: how many of the records are visible, and the first figure that differs. */
  readonly onLook: (look: { readonly visible: number; readonly differing: string }) => void;
}

/**
 * Looks until ClickHouse shows every record and every figure is as expected, or until they move no
 * more, or the time is over. Resolves with how it ended and, when all are equal, with the answers that were: while others
 * send records too, the next ones may not be. Throws ClickHouse's errors.
 */
export async function awaitFigures(
  analyst: Pick<Analyst, 'query'>,
  expected: {
    readonly scope: Scope;
    readonly figures: readonly Figure[];
  },
  options: WaitOptions,
): Promise<{ readonly ending: Ending; readonly answers: Answers }> {
  const startedAt = performance.now();
  let movedAt = startedAt;
  let before = '';
  for (;;) {
    const look = await lookOnce(analyst, expected);
    options.onLook({ visible: look.visible, differing: look.differing ?? '' });
    if (look.differing === undefined) return { ending: 'equal', answers: look.answers };
    const now = performance.now();
    if (look.print !== before) {
      before = look.print;
      movedAt = now;
    }
    if (now - movedAt > options.settledAfterMs) return { ending: 'settled', answers: new Map() };
    if (now - startedAt > options.visibleMsMax) return { ending: 'timed_out', answers: new Map() };
    await sleep(options.pollMs);
  }
}

interface Look {
  readonly visible: number;
  /** What differs first; undefined when nothing does. */
  readonly differing: string | undefined;
  /** Changes when what was seen has changed. */
  readonly print: string;
  readonly answers: Answers;
}

async function lookOnce(
  analyst: Pick<Analyst, 'query'>,
  expected: {
    readonly scope: Scope;
    readonly figures: readonly Figure[];
  },
): Promise<Look> {
  const answers = new Map<Figure, readonly Row[]>();
  try {
    const visible = await visibleRecords(analyst, expected.scope);
    for (const figure of expected.figures) {
      if (figure.differences === undefined) continue;
      const rows = await analyst.query(figure.sql);
      if (figure.differences(rows).length > 0)
        return {
          visible,
          differing: figure.title,
          print: `${visible} ${JSON.stringify(rows)}`,
          answers,
        };
      answers.set(figure, rows);
    }
    return { visible, differing: undefined, print: '', answers };
  } catch (error) {
    if (!isPassing(error)) throw error;
    return { visible: 0, differing: 'ClickHouse does not answer', print: error.message, answers };
  }
}

/** Transactions and enrolments of the scope that ClickHouse shows. */
async function visibleRecords(analyst: Pick<Analyst, 'query'>, scope: Scope): Promise<number> {
  const [row] = await analyst.query(`SELECT
(SELECT uniqExact(transaction_id) FROM semarak.transactions WHERE ${tillRows(scope)}) AS transactions,
(SELECT count() FROM semarak.members WHERE ${memberRows(scope)}) AS members`);
  return Number(row?.['transactions']) + Number(row?.['members']);
}

/** How many of them there should be. */
export const expectedRecords = ({ recount, scope }: { recount: Recount; scope: Scope }): number =>
  [...recount.records.values()].filter(({ memberId }) => isCounted(scope, memberId)).length +
  [...recount.members.keys()].filter((memberId) => isCounted(scope, memberId)).length;

/** Asks every figure that has no answer yet, and says what is wrong with it. */
export async function checkFigures(
  analyst: Pick<Analyst, 'query'>,
  figures: readonly Figure[],
  answers: Answers,
): Promise<CheckedFigure[]> {
  const checked: CheckedFigure[] = [];
  for (const figure of figures) {
    const rows = answers.get(figure) ?? (await analyst.query(figure.sql));
    checked.push({ ...figure, rows, found: figure.differences?.(rows) });
  }
  return checked;
}

const sharedMembersMax = 1_000;

/**
 * Whether the programme holds anything besides the simulation with these prefixes.
 * Throws when others' records concern more of its members than can be left out.
 */
export async function findScope(
  analyst: Pick<Analyst, 'query'>,
  simulation: {
    readonly programme: string;
    readonly memberPrefix: string;
    readonly terminalPrefix: string;
  },
): Promise<Scope> {
  const all: Scope = { type: 'all', programme: simulation.programme };
  const foreign = `NOT startsWith(transaction_id, '${simulation.terminalPrefix}')`;
  const [others] = await analyst.query(`SELECT
(SELECT count() FROM semarak.transactions WHERE ${programmeRows(all)} AND ${foreign}) AS records,
(SELECT count() FROM semarak.members WHERE ${programmeRows(all)}
  AND NOT startsWith(member_id, '${simulation.memberPrefix}')) AS members`);
  if (others?.['records'] === 0 && others['members'] === 0) return all;
  const shared = await analyst.query(`SELECT DISTINCT member_id FROM semarak.transactions
WHERE ${programmeRows(all)} AND ${foreign} AND startsWith(member_id, '${simulation.memberPrefix}')
LIMIT ${sharedMembersMax + 1}`);
  if (shared.length > sharedMembersMax)
    throw new Error(`others’ records concern more than ${sharedMembersMax} simulated members`);
  return { ...simulation, type: 'own', without: shared.map((row) => String(row['member_id'])) };
}
