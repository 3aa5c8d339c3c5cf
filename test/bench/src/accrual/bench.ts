import type { MonthBench } from '../arguments.ts';
import { ceilingsOf } from '../ceilings/ceilings.ts';
import { measuredOf, type Measured } from '../measured.ts';
import { BenchStack, type Say } from '../stack/bench-stack.ts';
import { enrolMembers, sellForAMonth } from '../stack/filling.ts';
import { redisBytes } from '../stack/redis-bytes.ts';
import { workThrough } from '../stack/stream-worker.ts';
import { differences } from './check.ts';

/**
 * How fast accrual works through a month of sales that lies in the log. All members are enrolled by a
 * run before, so that the one that is measured begins as after a restart, with no state in its memory.
 */
export async function benchAccrual(command: MonthBench, say: Say): Promise<Measured> {
  const stack = await BenchStack.start({ portBase: command.portBase, say });
  try {
    const emptyBytes = await redisBytes(stack);
    await enrolMembers(stack, command);
    await workThrough(stack, 'accrual');
    await sellForAMonth(stack, command);
    const taken = await workThrough(stack, 'accrual', command.nodeOptions);
    const bytesAMember = Math.round(((await redisBytes(stack)) - emptyBytes) / command.members);
    const ceilings = await ceilingsOf(stack, command, ['consume', 'consume and produce']);
    return measuredOf({
      bench: 'accrual',
      worker: 'accrual',
      transactions: command.transactions,
      taken,
      differences: await differences(stack, command),
      ceilings,
      figures: { members: command.members, redisBytesAMember: bytesAMember },
    });
  } finally {
    await stack.close();
  }
}
