import type { MonthBench } from '../arguments.ts';
import { ceilingsOf } from '../ceilings/ceilings.ts';
import { measuredOf, type Measured } from '../measured.ts';
import { BenchStack, type Say } from '../stack/bench-stack.ts';
import { enrolMembers, sellForAMonth } from '../stack/filling.ts';
import { workThrough } from '../stack/stream-worker.ts';
import { differencesInRewards } from './check.ts';

/** How fast rewards numbers the tickets and gives the gifts that accrual has made of a month. */
export async function benchRewards(command: MonthBench, say: Say): Promise<Measured> {
  const stack = await BenchStack.start({ portBase: command.portBase, say });
  try {
    await enrolMembers(stack, command);
    await sellForAMonth(stack, command);
    await workThrough(stack, 'accrual');
    const records = await stack.recordsIn(['entitlements']);
    const taken = await workThrough(stack, 'rewards', command.nodeOptions);
    return measuredOf({
      bench: 'rewards',
      worker: 'rewards',
      transactions: command.transactions,
      records,
      taken,
      differences: await differencesInRewards(stack),
      ceilings: await ceilingsOf(stack, command, ['consume', 'consume and produce']),
      figures: { members: command.members },
    });
  } finally {
    await stack.close();
  }
}
