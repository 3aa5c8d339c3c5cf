import { describe, expect, it } from 'vitest';
import { Rounds, type Standing, type Turn } from './rounds.ts';

/** Rounds on a clock that stands still until it is moved; a rest of double the time, at most 500 in all. */
function rounds() {
  let now = 1_000;
  const rests: { readonly ms: number; readonly wake: () => void }[] = [];
  const pace = new Rounds(
    { roundRestPercent: 200, roundMsMax: 500 },
    {
      now: () => now,
      wait: (ms) => new Promise((wake) => rests.push({ ms, wake })),
    },
  );
  return { pace, rests, pass: (ms: number) => void (now += ms) };
}

const isOver = (turn: Turn): Promise<boolean> =>
  Promise.race([turn.over().then(() => true), new Promise<false>((no) => setImmediate(no, false))]);

describe('rounds', () => {
  it('rest in proportion to what they took, from the first turn to the last', async () => {
    const { pace, rests, pass } = rounds();
    const turns = [pace.begin(), pace.begin()] as const;
    pass(40);
    turns[0].end('caught_up');
    pass(60);
    expect(rests).toEqual([]);
    turns[1].end('caught_up');
    expect(rests.map(({ ms }) => ms)).toEqual([200]);
    expect(await Promise.all(turns.map(isOver))).toEqual([false, false]);
    rests[0]?.wake();
    expect(await Promise.all(turns.map(isOver))).toEqual([true, true]);
  });

  it.each<[string, number, Standing, number[]]>([
    ['are followed by another at the latest at their limit', 400, 'caught_up', [100]],
    ['do not rest when they took longer than that', 501, 'caught_up', []],
    ['do not rest when a partition is behind', 40, 'behind', []],
  ])('%s', async (_, took, standing, expected) => {
    const { pace, rests, pass } = rounds();
    const [first, other] = [pace.begin(), pace.begin()];
    pass(took);
    first.end(standing);
    other.end('caught_up');
    expect(rests.map(({ ms }) => ms)).toEqual(expected);
    expect(await isOver(first)).toBe(expected.length === 0);
  });

  it('follow one another, also when one begins while another rests', async () => {
    const { pace, rests, pass } = rounds();
    const first = pace.begin();
    pass(10);
    first.end('caught_up');
    pass(5);
    const second = pace.begin();
    pass(30);
    second.end('caught_up');
    expect(rests.map(({ ms }) => ms)).toEqual([20, 60]);
    rests[1]?.wake();
    expect([await isOver(first), await isOver(second)]).toEqual([false, true]);
  });
});
