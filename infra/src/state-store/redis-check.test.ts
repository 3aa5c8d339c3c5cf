import { describe, expect, it } from 'vitest';
import { redisCheck } from './redis-check.ts';

const check = (status: string, setrange: () => Promise<unknown>) =>
  redisCheck({ status, setrange })();
const fails = (message: string) => () => Promise.reject(new Error(message));

describe('redisCheck', () => {
  it('passes while Redis takes writes', async () => {
    expect(await check('ready', () => Promise.resolve(0))).toBeUndefined();
  });

  it('says that there is no connection, and asks nothing then', async () => {
    expect(await check('reconnecting', fails('asked'))).toBe('Redis is not connected.');
  });

  it('says that Redis does not answer over a connection that stands', async () => {
    expect(await check('ready', fails('Command timed out'))).toBe('Redis does not answer.');
  });

  it.each([
    ["OOM command not allowed when used memory > 'maxmemory'.", /memory is used up/],
    ["READONLY You can't write against a read only replica.", /is a replica/],
    ['MISCONF Errors writing to the AOF file: No space left on device', /its disk/],
    ['NOREPLICAS Not enough good replicas to write.', /too few replicas/],
    ["NOPERM this user has no permissions to run the 'setrange' command", /ACL SETUSER/],
  ])('says why writes are refused: %s', async (answer, sentence) => {
    const problem = await check('ready', fails(answer));
    expect(problem).toMatch(/^Redis refuses to write: .*\.$/);
    expect(problem).toMatch(sentence);
  });
});
