import type { MonthBench } from '../arguments.ts';
import { ceilingsOf } from '../ceilings/ceilings.ts';
import { measuredOf, type Measured } from '../measured.ts';
import { BenchStack, type Say } from '../stack/bench-stack.ts';
import { enrolMembers, sellForAMonth, tellProfiles } from '../stack/filling.ts';
import { projectThrough } from '../stack/projector.ts';
import { workThrough } from '../stack/stream-worker.ts';
import { differencesInTables } from './check.ts';

/**
 * How fast the projector writes a month into an empty report database: members and their profiles, transactions,
 * and all that accrual and rewards have made of them before.
 */
export async function benchProjector(command: MonthBench, say: Say): Promise<Measured> {
  const stack = await BenchStack.start({ portBase: command.portBase, say });
  try {
    await enrolMembers(stack, command);
    await tellProfiles(stack, command);
    await sellForAMonth(stack, command);
    await workThrough(stack, 'accrual');
    await workThrough(stack, 'rewards');
    const { records, taken } = await projectThrough(stack, command.nodeOptions);
    return measuredOf({
      bench: 'projector',
      worker: 'projector',
      transactions: command.transactions,
      records,
      taken,
      differences: await differencesInTables(stack),
      ceilings: await ceilingsOf(stack, command, ['consume', 'insert']),
      figures: { members: command.members },
    });
  } finally {
    await stack.close();
  }
}
