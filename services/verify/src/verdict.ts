import type { Differences } from './comparison/differences.ts';
import type { Compared } from './round/context.ts';

/** What came out, in lines for a person. */
export interface Verdict {
  /** 0 equal, 1 something differs, 2 it cannot be told. */
  readonly exitCode: 0 | 1 | 2;
  readonly lines: readonly string[];
}

/** What is said at the end. `unsettled`: what changed in every round, so that nothing is known of it. */
export function verdictOf(of: {
  differences: Differences;
  compared: Compared | undefined;
  unsettled: ReadonlySet<string>;
  seconds: string;
}): Verdict {
  const { differences, compared, unsettled, seconds } = of;
  const { transactions = 0, events = 0, rows = 0, states = 0 } = compared ?? {};
  const summary = `Recounted ${transactions} records of transactions and ${events} derived events; compared ${rows} rows and ${states} states in ${seconds} s.`;
  const open =
    unsettled.size === 0
      ? []
      : [
          `The log grew all the time, so nothing can be said of ${[...unsettled].sort().join(', ')}. Try again with a larger --rounds-max, or when less comes in.`,
        ];
  if (differences.total > 0) {
    const counts = [...differences.counts].map(([where, count]) => `${where} ${count}`).join(', ');
    return {
      exitCode: 1,
      lines: [
        ...differences.lines(),
        '',
        summary,
        `${differences.total} differences: ${counts}.`,
        ...open,
      ],
    };
  }
  if (open.length > 0) return { exitCode: 2, lines: [summary, ...open] };
  return { exitCode: 0, lines: [summary, 'Everything is equal.'] };
}
