import { describe, expect, test, vi } from 'vitest';
import { Sessions } from './sessions.ts';

const never = new AbortController().signal;

function sessionsOf(options: { queueLengthMax: number; queueWaitMsMax?: number }): Sessions {
  const { queueLengthMax, queueWaitMsMax = 60_000 } = options;
  return new Sessions({ pipes: ['one'], queueLengthMax, queueWaitMsMax });
}

describe('sessions', () => {
  test('go on in the order of asking, and a second release does nothing', async () => {
    const sessions = sessionsOf({ queueLengthMax: 2 });
    const first = await sessions.acquire(never);
    const order: string[] = [];
    const second = sessions.acquire(never).then((session) => {
      order.push('second');
      return session;
    });
    const third = sessions.acquire(never).then((session) => {
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

  test('a full queue refuses with code 202', async () => {
    const sessions = sessionsOf({ queueLengthMax: 0 });
    await sessions.acquire(never);
    await expect(sessions.acquire(never)).rejects.toMatchObject({ code: 202 });
  });

  test('a wait that is too long is refused, and gives its place away', async () => {
    vi.useFakeTimers();
    try {
      const sessions = sessionsOf({ queueLengthMax: 1, queueWaitMsMax: 1_000 });
      const first = await sessions.acquire(never);
      const refused = expect(sessions.acquire(never)).rejects.toMatchObject({ code: 202 });
      await vi.advanceTimersByTimeAsync(1_000);
      await refused;
      first.release();
      expect(sessions.running).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a client that goes leaves the queue', async () => {
    const sessions = sessionsOf({ queueLengthMax: 1 });
    const first = await sessions.acquire(never);
    const client = new AbortController();
    const gone = expect(sessions.acquire(client.signal)).rejects.toMatchObject({ code: 394 });
    client.abort();
    await gone;
    first.release();
    expect(sessions.running).toBe(0);
  });
});
