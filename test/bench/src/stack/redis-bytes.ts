import type { BenchStack } from './bench-stack.ts';

/** What Redis keeps, without what is on its way to its disk. */
export async function redisBytes({ redis }: BenchStack): Promise<number> {
  const memory = await redis.info('memory');
  const of = (field: string) => Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(memory)?.[1]);
  return of('used_memory') - of('mem_aof_buffer');
}
