import type { Check } from '@semarak/infra/http-server';

/**
 * Whether Redis answers; how long it may take is the client's timeout. That there is a connection does
 * not say so: of a server that hangs it stands, while every transaction is answered 503.
 */
export const redisCheck =
  (redis: { readonly status: string; ping(): Promise<unknown> }): Check =>
  async () => {
    if (redis.status !== 'ready') return 'Redis is not connected.';
    try {
      await redis.ping();
      return undefined;
    } catch {
      return 'Redis does not answer.';
    }
  };
