import { memberKey, transactionKey } from '@semarak/schemas';
import type { AccrualBench } from '../arguments.ts';
import { bareConsume, bareConsumeAndProduce, type Ceiling } from '../ceilings/ceilings.ts';
import { enrolment, transactionAt, type Mall } from '../mall/mall.ts';
import { measuredOf, type Measured } from '../measured.ts';
import { BenchStack, type Say } from '../stack/bench-stack.ts';
import { workThrough } from '../stack/stream-worker.ts';
import { differences } from './check.ts';

const worker = { name: 'accrual', input: 'transactions' } as const;

/**
 * How fast accrual works through a month of sales that lies in the log. All members are enrolled by a
 * run before, so that the one that is measured begins as after a restart, with no state in its memory.
 */
export async function benchAccrual(command: AccrualBench, say: Say): Promise<Measured> {
  const stack = await BenchStack.start({ portBase: command.portBase, say });
  try {
    const mall: Mall = command;
    const emptyBytes = await redisBytes(stack);
    await enrolMembers(stack, mall);
    await workThrough(stack, worker);
    await sellForAMonth(stack, mall);
    const taken = await workThrough(stack, worker, command.nodeOptions);
    const bytesAMember = Math.round(((await redisBytes(stack)) - emptyBytes) / mall.members);
    const ceilings: Record<string, Ceiling> =
      command.ceilings === 'skip'
        ? {}
        : {
            consume: await bareConsume(stack),
            'consume and produce': await bareConsumeAndProduce(stack),
          };
    return measuredOf({
      bench: 'accrual',
      worker: worker.name,
      transactions: mall.transactions,
      taken,
      differences: await differences(stack, mall),
      ceilings,
      figures: { members: mall.members, redisBytesAMember: bytesAMember },
    });
  } finally {
    await stack.close();
  }
}

const enrolMembers = (stack: BenchStack, { members }: Mall): Promise<void> =>
  stack.append({
    topic: 'transactions',
    what: 'enrolling',
    count: members,
    recordAt(index) {
      const value = enrolment(index);
      return { key: memberKey(value), record: { type: 'MemberEnrolled', value } };
    },
  });

const sellForAMonth = (stack: BenchStack, mall: Mall): Promise<void> =>
  stack.append({
    topic: 'transactions',
    what: 'selling',
    count: mall.transactions,
    recordAt(index) {
      const value = transactionAt(mall, index);
      return { key: transactionKey(value), record: { type: 'TransactionRecorded', value } };
    },
  });

/** What Redis keeps, without what is on its way to its disk. */
async function redisBytes({ redis }: BenchStack): Promise<number> {
  const memory = await redis.info('memory');
  const of = (field: string) => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(memory)?.[1]);
  return of('used_memory') - of('mem_aof_buffer');
}
