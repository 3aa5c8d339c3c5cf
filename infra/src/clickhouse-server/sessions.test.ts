import { totalmem } from 'node:os';
import { describe, expect, test, vi } from 'vitest';
import { parseClickHouseServerConfig } from './config.ts';
import { sessionLimits, Sessions, withinReserve, type UserSessions } from './sessions.ts';

const never = new AbortController().signal;

function sessionsOf(options: {
  pipes?: number;
  owner?: UserSessions;
  analyst?: UserSessions;
  queueWaitMsMax?: number;
}): Sessions {
  const { pipes = 1, queueWaitMsMax = 60_000 } = options;
  const { owner = { sessionsMax: pipes, queueLengthMax: 2 } } = options;
  const { analyst = { sessionsMax: 1, queueLengthMax: 2 } } = options;
  return new Sessions({
    pipes: Array.from({ length: pipes }, (_, at) => `pipe ${at}`),
    limits: { default: owner, analyst },
    queueWaitMsMax,
  });
}

describe('sessions', () => {
  test('go on in the order of asking, and a second release does nothing', async () => {
    const sessions = sessionsOf({});
    const acquire = () => sessions.enter('default').session(never);
    const first = await acquire();
    const order: string[] = [];
    const second = acquire().then((session) => {
      order.push('second');
      return session;
    });
    const third = acquire().then((session) => {
      order.push('third');
      return session;
    });
    first.release();
    first.release();
    (await second).release();
    (await third).release();
    expect(order).toEqual(['second', 'third']);
    expect(sessions.running).toBe(0);
  });

  test('of which the analyst has all that he may leave the owner the others', async () => {
    const sessions = sessionsOf({
      pipes: 3,
      analyst: { sessionsMax: 2, queueLengthMax: 10 },
    });
    const held = [await sessions.enter('analyst').session(never)];
    held.push(await sessions.enter('analyst').session(never));
    const third = sessions.enter('analyst').session(never);
    const owner = await sessions.enter('default').session(never);
    expect(sessions.running).toBe(3);
    owner.release();
    expect(sessions.running).toBe(2);
    held[0]?.release();
    (await third).release();
    held[1]?.release();
    expect(sessions.running).toBe(0);
  });

  test('that become free are the owner’s first', async () => {
    const sessions = sessionsOf({});
    const first = await sessions.enter('analyst').session(never);
    const order: string[] = [];
    const analyst = sessions
      .enter('analyst')
      .session(never)
      .then((session) => {
        order.push('analyst');
        session.release();
      });
    const owner = sessions
      .enter('default')
      .session(never)
      .then((session) => {
        order.push('default');
        session.release();
      });
    first.release();
    await Promise.all([analyst, owner]);
    expect(order).toEqual(['default', 'analyst']);
  });

  test('are refused to a user of whom as many are there as may, and to no other', async () => {
    const sessions = sessionsOf({ analyst: { sessionsMax: 1, queueLengthMax: 1 } });
    const place = sessions.enter('analyst');
    sessions.enter('analyst');
    expect(() => sessions.enter('analyst')).toThrow(expect.objectContaining({ code: 202 }));
    expect(() => sessions.enter('default')).not.toThrow();
    place.leave();
    place.leave();
    expect(() => sessions.enter('analyst')).not.toThrow();
    expect(() => sessions.enter('analyst')).toThrow();
    await Promise.resolve();
  });

  test('a wait that takes too long is refused, and gives its place away', async () => {
    vi.useFakeTimers();
    try {
      const sessions = sessionsOf({ queueWaitMsMax: 1_000 });
      const first = await sessions.enter('default').session(never);
      const refused = expect(sessions.enter('default').session(never)).rejects.toMatchObject({
        code: 202,
      });
      await vi.advanceTimersByTimeAsync(1_000);
      await refused;
      first.release();
      expect(sessions.running).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a client that goes leaves the queue', async () => {
    const sessions = sessionsOf({});
    const first = await sessions.enter('default').session(never);
    const client = new AbortController();
    const gone = expect(sessions.enter('default').session(client.signal)).rejects.toMatchObject({
      code: 394,
    });
    client.abort();
    await gone;
    first.release();
    expect(sessions.running).toBe(0);
  });
});

describe('what is reserved for the owner', () => {
  const config = parseClickHouseServerConfig({
    CLICKHOUSE_DATA_DIR: '/nowhere',
    CLICKHOUSE_ANALYST_PASSWORD: 'a-password',
    CLICKHOUSE_OWNER_PASSWORD: 'another-password',
  });

  test.each([
    [10, 6],
    [5, 1],
    [1, 1],
  ])('of %i sessions leaves the analyst %i', (count, expected) => {
    expect(sessionLimits(config, count).analyst.sessionsMax).toBe(expected);
    expect(sessionLimits(config, count).default.sessionsMax).toBe(count);
  });

  test('of memory bounds each of the analyst’s queries', () => {
    const large = withinReserve({ ...config, CLICKHOUSE_ANALYST_MEMORY_BYTES_MAX: 2 ** 50 }, 4);
    const all = 4 * large.CLICKHOUSE_ANALYST_MEMORY_BYTES_MAX;
    expect(all + config.CLICKHOUSE_OWNER_MEMORY_BYTES_RESERVED).toBeLessThan(totalmem());
    const small = { ...config, CLICKHOUSE_ANALYST_MEMORY_BYTES_MAX: 1_000 };
    expect(withinReserve(small, 4).CLICKHOUSE_ANALYST_MEMORY_BYTES_MAX).toBe(1_000);
  });
});
