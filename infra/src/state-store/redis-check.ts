import { refusalOf } from './redis-refusal.ts';

/** A write of nothing: Redis makes no key and changes none, and refuses it as it would any other. */
const probe = ['healthz', 0, ''] as const;

interface ProbedRedis {
  readonly status: string;
  setrange(key: string, offset: number, value: string): Promise<unknown>;
}

/**
 * A sentence when Redis does not answer, or refuses writes; how long an answer may take is the client's
 * timeout. That there is a connection does not say so: of a server that hangs it stands.
 */
export const redisCheck = (redis: ProbedRedis) => async (): Promise<string | undefined> => {
  if (redis.status !== 'ready') return 'Redis is not connected.';
  try {
    await redis.setrange(...probe);
    return undefined;
  } catch (error) {
    return refusalOf(error) ?? 'Redis does not answer.';
  }
};
