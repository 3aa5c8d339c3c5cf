import { expect, it } from 'vitest';
import { JoinedCalls } from './joined-calls.ts';

function doubling(itemsMax: number, begin?: (work: () => void) => void) {
  const questions: (readonly number[])[] = [];
  const ask = (items: readonly number[]) => {
    questions.push(items);
    return Promise.resolve(items.map((item) => 2 * item));
  };
  return { questions, calls: new JoinedCalls({ ask, itemsMax, ...(begin && { begin }) }) };
}

it('gives each call the replies to its own items', async () => {
  const { questions, calls } = doubling(10);
  const taken = [[1], [2, 3], [], [4]].map((items) => calls.take(items));
  expect(await Promise.all(taken)).toEqual([[2], [4, 6], [], [8]]);
  expect(questions).toEqual([[1], [2, 3, 4]]);
});

it('takes along what comes before a question that is begun later', async () => {
  const { questions, calls } = doubling(10, setImmediate);
  expect(await Promise.all([calls.take([1]), calls.take([2])])).toEqual([[2], [4]]);
  expect(questions).toEqual([[1, 2]]);
  expect(await calls.take([3])).toEqual([6]);
});

it('asks for no more at once than the limit, and for a call that is larger alone', async () => {
  const { questions, calls } = doubling(3, setImmediate);
  await Promise.all([[1, 1], [2, 2], [3, 3, 3, 3], [4]].map((items) => calls.take(items)));
  expect(questions).toEqual([[1, 1], [2, 2], [3, 3, 3, 3], [4]]);
});
