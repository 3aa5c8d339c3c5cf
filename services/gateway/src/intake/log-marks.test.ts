import { LogUnavailable } from '@semarak/infra/kafka';
import { describe, expect, it } from 'vitest';
import type { Known } from '../duplicates/known.ts';
import { LogMarks } from './log-marks.ts';

/** Two partitions; the first has lost its end once, at 50, and its leader has begun anew. */
function marksOver(
  change: {
    failures?: number;
    origin?: number;
    hangs?: () => boolean;
    originNow?: () => number | undefined;
    /** What is found where it was accepted: by its content, under this leader. */
    found?: { offset: number; content: string; epoch: number }[];
  } = {},
) {
  let { failures = 0 } = change;
  let asked = 0;
  let reads = 0;
  const problems: unknown[] = [];
  const marks = new LogMarks({
    places: {
      endOfEpoch({ partition }, epoch) {
        asked++;
        if (change.hangs?.() === true) return new Promise(() => undefined);
        if (failures-- > 0) return Promise.reject(new Error('closed'));
        const ends = partition === 0 ? [50, 80] : [100];
        const offset = ends[epoch] ?? -1;
        return Promise.resolve({ epoch: offset < 0 ? -1 : epoch, offset });
      },
      identityOf: ({ partition }) =>
        Promise.resolve({
          epoch: partition === 0 ? 1 : 0,
          origin: change.originNow === undefined ? (change.origin ?? 7) : change.originNow(),
        }),
      recordsFrom(_, from) {
        reads++;
        return Promise.resolve(
          (change.found ?? [])
            .filter(({ offset }) => offset >= from)
            .map(({ offset, content, epoch }) => ({
              ...{ offset, key: null, value: Buffer.from(content), headers: {} },
              writtenIn: { leaderEpoch: epoch, timestamp: 0 },
            })),
        );
      },
    },
    contentOf: ({ value }) => Promise.resolve(value?.toString()),
    partitions: 2,
    waitMsMax: 50,
    onProblem: (error) => problems.push(error),
  });
  const standing = async (known: readonly Known[]) =>
    (await marks.standing(known)).map((mark) => mark !== undefined);
  return { marks, standing, problems, asked: () => asked, reads: () => reads };
}

const at = (offset: number, epoch: number, partition = 0): Known => ({
  content: `sale ${offset}`,
  at: { offset, epoch, partition, origin: 7 },
});

describe('marks in the log', () => {
  it('stand below the end of their epoch', async () => {
    const { standing, asked } = marksOver();
    const all = [at(49, 0), at(50, 0), at(60, 0), at(50, 1), at(80, 1), at(60, 0, 1)];
    const expected = [true, false, false, true, false, true];
    expect(await standing(all)).toEqual(expected);
    // One question for each partition and epoch.
    expect(asked()).toBe(3);
  });

  it('do not stand in a log that began apart, or that knows nothing of the epoch', async () => {
    expect(await marksOver({ origin: 8 }).standing([at(1, 0)])).toEqual([false]);
    expect(await marksOver().standing([at(1, 5)])).toEqual([false]);
  });

  it('are looked for where they seem lost: a leader may have begun before its epoch was known', async () => {
    const found = [52, 54].map((offset) => ({ offset, content: `sale ${offset}`, epoch: 1 }));
    const other = { offset: 55, content: 'another', epoch: 1 };
    const { marks, reads } = marksOver({ found: [...found, other] });
    const [below, lost, first, second, taken, behind] = [49, 53, 52, 54, 55, 90].map((offset) =>
      at(offset, 0),
    );
    const all = [below, lost, first, second, taken, behind].filter((one) => one !== undefined);
    expect(await marks.standing(all)).toEqual([
      below?.at,
      undefined,
      { ...first?.at, epoch: 1 },
      { ...second?.at, epoch: 1 },
      undefined,
      undefined,
    ]);
    // One read brings what lies together, and one more finds the end.
    expect(reads()).toBe(2);
    expect(await marks.standing([at(49, 0)])).toHaveLength(1);
    expect(reads()).toBe(2);
  });

  it('are asked for again over another connection, and then nobody can tell', async () => {
    expect(await marksOver({ failures: 1 }).standing([at(1, 0)])).toEqual([true]);
    const { marks } = marksOver({ failures: 2 });
    await expect(marks.standing([at(1, 0)])).rejects.toBeInstanceOf(LogUnavailable);
  });

  it('are not waited for longer than the limit, nor by who asks after a question that hangs', async () => {
    let isHanging = true;
    const { marks, standing } = marksOver({ hangs: () => isHanging });
    await expect(marks.standing([at(1, 0)])).rejects.toBeInstanceOf(LogUnavailable);
    isHanging = false;
    expect(await standing([at(1, 0)])).toEqual([true]);
  });

  it('are made of what an empty log has once its first record is there', async () => {
    const now: { origin?: number } = {};
    const { marks } = marksOver({ originNow: () => now.origin });
    await marks.learn();
    expect(await marks.originOf(0)).toBeUndefined();
    now.origin = 9;
    expect(await marks.originOf(0)).toBe(9);
  });

  it('are made of what the log was before', async () => {
    const { marks } = marksOver();
    expect(marks.identityOf(0)).toBeUndefined();
    await marks.learn();
    expect(marks.identityOf(0)).toEqual({ epoch: 1, origin: 7 });
  });
});
