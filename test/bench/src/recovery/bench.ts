import { differences } from '../accrual/check.ts';
import type { MonthBench } from '../arguments.ts';
import { ceilingsOf } from '../ceilings/ceilings.ts';
import { measuredOf, type Measured } from '../measured.ts';
import { BenchStack, type Say } from '../stack/bench-stack.ts';
import { enrolMembers, sellForAMonth } from '../stack/filling.ts';
import { beginMeasuring } from '../stack/measuring.ts';
import { redisBytes } from '../stack/redis-bytes.ts';
import { untilAtEnd } from '../stack/stream-worker.ts';

const derivedTopics = ['loyalty-events', 'entitlements'] as const;

/** How fast accrual has all states again after Redis has lost them under the running worker. */
export async function benchRecovery(command: MonthBench, say: Say): Promise<Measured> {
  const { members, transactions } = command;
  const stack = await BenchStack.start({ portBase: command.portBase, say });
  try {
    const emptyBytes = await redisBytes(stack);
    await enrolMembers(stack, command);
    await sellForAMonth(stack, command);
    await stack.startService('accrual', command.nodeOptions);
    await untilAtEnd(stack, 'accrual');
    const records = await stack.recordsIn(['transactions']);
    const derived = await stack.recordsIn(derivedTopics);
    say('Redis loses everything');
    const takenSince = beginMeasuring(stack);
    await stack.redis.flushall();
    await untilAtEnd(stack, 'accrual');
    const taken = takenSince();
    await stack.stop('accrual');
    const bytesAMember = Math.round(((await redisBytes(stack)) - emptyBytes) / members);
    return measuredOf({
      bench: 'recovery',
      worker: 'accrual',
      transactions,
      records,
      taken,
      differences: await differences(stack, command),
      ceilings: await ceilingsOf(stack, command, ['consume', 'consume and produce']),
      figures: {
        members,
        redisBytesAMember: bytesAMember,
        eventsWrittenAgain: (await stack.recordsIn(derivedTopics)) - derived,
      },
    });
  } finally {
    await stack.close();
  }
}
