import { describe, expect, it } from 'vitest';
import { encodeKnown, type Known } from '../duplicates/known.ts';
import { AcceptedEnds, type LostEnd } from './accepted-ends.ts';

const accepted = (partition: number, offset: number, epoch = 0): Known => ({
  content: '12345678',
  at: { partition, offset, epoch, origin: 7 },
});

/** A log that ends, in each epoch and partition, at `end`; Redis keeps what is saved. */
function gatewayOver(log: { epoch: number; end: number }, saved = new Map<string, string>()) {
  const lost: LostEnd[] = [];
  const problems: unknown[] = [];
  let isRedisThere = true;
  const ends = new AcceptedEnds({
    store: {
      read: () => Promise.resolve(Object.fromEntries(saved)),
      write(all) {
        if (!isRedisThere) return Promise.reject(new Error('Redis is away'));
        for (const [partition, text] of Object.entries(all)) saved.set(partition, text);
        return Promise.resolve();
      },
      remove(partitions) {
        for (const partition of partitions) saved.delete(partition);
        return Promise.resolve();
      },
    },
    marks: {
      identityOf: () => ({ epoch: log.epoch, origin: 7 }),
      standing: (known) =>
        Promise.resolve(known.map(({ at }) => (at.offset < log.end ? at : undefined))),
    },
    endOfEpoch: (_, epoch) => Promise.resolve({ epoch, offset: log.end }),
    onLost: (one) => lost.push(one),
    onProblem: (error) => problems.push(error),
  });
  return { ends, lost, problems, saved, redis: (is: boolean) => (isRedisThere = is) };
}

describe('what was answered as accepted', () => {
  it('is told lost, once, by the next process that finds the log shorter', async () => {
    const first = gatewayOver({ epoch: 0, end: 100 });
    first.ends.note([accepted(3, 40), accepted(3, 42), accepted(3, 41), accepted(5, 7)]);
    await first.ends.look();
    const log = { epoch: 1, end: 30 };
    const next = gatewayOver(log, first.saved);
    await next.ends.look();
    await next.ends.look();
    expect(next.lost).toEqual([{ partition: 3, from: 30, to: 42 }]);
    expect([...next.saved.keys()]).toEqual(['5']);
    next.ends.note([accepted(3, 31, 1)]);
    log.end = 32;
    await next.ends.look();
    expect(next.lost).toHaveLength(1);
    expect(next.saved.get('3')).toBe(encodeKnown(accepted(3, 31, 1)));
  });

  it('is told lost by the process that was there, once the leader has begun anew', async () => {
    const log = { epoch: 0, end: 100 };
    const { ends, lost } = gatewayOver(log);
    ends.note([accepted(3, 42)]);
    await ends.look();
    log.epoch = 1;
    log.end = 42;
    await ends.look();
    expect(lost).toEqual([{ partition: 3, from: 42, to: 42 }]);
  });

  it('is saved at the next round when Redis was away', async () => {
    const { ends, problems, saved, redis } = gatewayOver({ epoch: 0, end: 100 });
    redis(false);
    ends.note([accepted(3, 42)]);
    await ends.look();
    expect(problems).toHaveLength(1);
    redis(true);
    await ends.look();
    expect(saved.get('3')).toBe(encodeKnown(accepted(3, 42)));
  });
});
