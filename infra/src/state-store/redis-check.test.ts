import { describe, expect, it } from 'vitest';
import { redisCheck } from './redis-check.ts';

const check = (status: string, ping: () => Promise<unknown>) => redisCheck({ status, ping })();

describe('redisCheck', () => {
  it('passes while Redis answers', async () => {
    expect(await check('ready', () => Promise.resolve('PONG'))).toBeUndefined();
  });

  it('says that there is no connection, and asks nothing then', async () => {
    const ping = () => Promise.reject(new Error('asked'));
    expect(await check('reconnecting', ping)).toBe('Redis is not connected.');
  });

  it('says that Redis does not answer over a connection that stands', async () => {
    const ping = () => Promise.reject(new Error('Command timed out'));
    expect(await check('ready', ping)).toBe('Redis does not answer.');
  });
});
