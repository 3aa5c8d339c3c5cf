import { describe, expect, it } from 'vitest';
import { FreshRead } from './fresh-read.ts';
import { KeptAnswers, type ReportRows } from './kept-answers.ts';
import { Turns } from './turns.ts';

/** Work that ends when it is told to. */
function controlled<Result>() {
  const running: { end: (result: Result) => void; fail: (error: Error) => void }[] = [];
  return {
    running,
    work: () =>
      new Promise<Result>((resolve, reject) => running.push({ end: resolve, fail: reject })),
  };
}

/** Lets everything that can go on do so. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a fresh read', () => {
  it('is shared by those alone who came before it began', async () => {
    const { running, work } = controlled<string>();
    const fresh = new FreshRead(work);
    const first = fresh.read();
    const second = fresh.read();
    const third = fresh.read();
    expect(running).toHaveLength(1);
    running[0]?.end('one');
    await settle();
    expect(running).toHaveLength(2);
    const fourth = fresh.read();
    running[1]?.end('two');
    await settle();
    running[2]?.end('three');
    expect(await Promise.all([first, second, third, fourth])).toEqual([
      'one',
      'two',
      'two',
      'three',
    ]);
  });

  it('is made anew after one that failed', async () => {
    const { running, work } = controlled<string>();
    const fresh = new FreshRead(work);
    const first = fresh.read();
    const second = fresh.read();
    running[0]?.fail(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await settle();
    running[1]?.end('two');
    expect(await second).toBe('two');
  });
});

describe('turns', () => {
  it('run so many at once, in their order, and refuse what is too much with 429', async () => {
    const { running, work } = controlled<number>();
    const turns = new Turns({
      runningMax: 2,
      waitingMax: 1,
      waitMsMax: 10_000,
      retryAfterS: 7,
    });
    const all = [turns.take(work), turns.take(work), turns.take(work)];
    await expect(turns.take(work)).rejects.toMatchObject({ status: 429, retryAfterS: 7 });
    expect(running).toHaveLength(2);
    running[0]?.end(0);
    await settle();
    expect(running).toHaveLength(3);
    running[1]?.fail(new Error('no'));
    running[2]?.end(2);
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    const next = [turns.take(work), turns.take(work)];
    expect(running).toHaveLength(5);
    for (const each of running.slice(3)) each.end(1);
    expect(await Promise.all(next)).toEqual([1, 1]);
  });
});

describe('a turn', () => {
  it('that does not come in time is refused, and others still have theirs', async () => {
    const { running, work } = controlled<number>();
    const turns = new Turns({ runningMax: 1, waitingMax: 5, waitMsMax: 20, retryAfterS: 7 });
    const first = turns.take(work);
    await expect(turns.take(work)).rejects.toMatchObject({ status: 429, retryAfterS: 7 });
    const third = turns.take(work);
    running[0]?.end(1);
    await settle();
    expect(running).toHaveLength(2);
    running[1]?.end(3);
    expect(await Promise.all([first, third])).toEqual([1, 3]);
  });
});

describe('kept answers', () => {
  const rows = (text: string): ReportRows => ({ text, lateRecords: 0, databaseId: 'd' });

  it('serve those who ask the same, also while the query runs', async () => {
    const kept = new KeptAnswers({ answersMax: 10, bytesMax: 100 });
    const { running, work } = controlled<ReportRows>();
    const first = kept.get('a', work);
    const second = kept.get('a', work);
    expect([first.found, second.found, kept.get('b', work).found]).toEqual([false, true, false]);
    running[0]?.end(rows('x'));
    expect(await second.answer).toEqual(rows('x'));
    expect(kept.get('a', work).found).toBe(true);
  });

  it('are few and small; the oldest goes first', async () => {
    const kept = new KeptAnswers({ answersMax: 2, bytesMax: 10 });
    const ask = async (key: string, text: string): Promise<boolean> => {
      const { found, answer } = kept.get(key, () => Promise.resolve(rows(text)));
      await answer;
      await settle();
      return found;
    };
    for (const key of ['a', 'b', 'c']) await ask(key, '1');
    expect([await ask('b', '1'), await ask('c', '1')]).toEqual([true, true]);
    expect(await ask('a', '1')).toBe(false);
    expect(await ask('large', '12345678901')).toBe(false);
    expect(await ask('large', '12345678901')).toBe(false);
  });

  it('do not keep a failure', async () => {
    const kept = new KeptAnswers({ answersMax: 2, bytesMax: 10 });
    const failed = kept.get('a', () => Promise.reject(new Error('away')));
    await expect(failed.answer).rejects.toThrow('away');
    await settle();
    expect(kept.get('a', () => Promise.resolve(rows('x'))).found).toBe(false);
  });
});
