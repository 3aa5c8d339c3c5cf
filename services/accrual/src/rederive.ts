import { rederive, runReplayProgram } from '@semarak/infra/workers';
import { accrual } from './accrual.ts';
import { correctEntitlements, type Corrections } from './correction/correct-entitlements.ts';
import { sentencesOf } from './correction/sentences.ts';

/**
 * `compare [--correct]`: holds entitlements against transactions, writes nothing, and ends with 1 when they differ unless they
 * are to be corrected. `write`: corrects them, fills loyalty-events, which must be empty, and replaces the states in Redis;
 * accrual must not run.
 */
const [mode, correct] = process.argv.slice(2);

await runReplayProgram(
  { worker: 'accrual', input: 'transactions', logic: accrual },
  async (replayed) => {
    const found: Corrections = { missing: 0, takenBack: [], given: [], restarts: 0 };
    const records = await rederive(replayed, {
      mode: mode === 'write' ? 'write' : 'compare',
      begin: (deriving) => correctEntitlements(deriving, { now: Date.now(), found }),
    });
    const lines = sentencesOf(found).join('\n');
    if (mode === 'write')
      return `loyalty-events and states made anew from ${records} records; ${lines}`;
    if (found.takenBack.length + found.given.length > 0 && correct !== '--correct')
      throw new Error(
        `${lines}\nNothing was changed. A number that is taken back never comes again: restore ` +
          'transactions and entitlements from copies if there are any, or let it be done with --correct.',
      );
    return lines;
  },
);
