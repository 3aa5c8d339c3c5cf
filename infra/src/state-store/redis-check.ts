/**
 * A sentence when Redis does not answer; how long it may take is the client's timeout. That there is a connection
 * does not say so: of a server that hangs it stands.
 */
export const redisCheck =
  (redis: { readonly status: string; ping(): Promise<unknown> }) =>
  async (): Promise<string | undefined> => {
    if (redis.status !== 'ready') return 'Redis is not connected.';
    try {
      await redis.ping();
      return undefined;
    } catch {
      return 'Redis does not answer.';
    }
  };
