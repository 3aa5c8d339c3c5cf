import { expect, it } from 'vitest';
import { joinedAppends } from './joined-appends.ts';
import type { OutputRecord } from './output-record.ts';

const records = (partition: number, count: number): OutputRecord[] =>
  Array.from({ length: count }, () => ({
    topic: 'loyalty-events',
    partition,
    key: 'mall/ani',
    value: Buffer.alloc(1),
  }));

/** Answers each append when it is told to. */
function slowLog(recordsMax: number) {
  const requests: { readonly partitions: number[]; readonly answer: (error?: Error) => void }[] =
    [];
  const append = joinedAppends(
    (appended) =>
      new Promise((resolve, reject) => {
        const partitions = appended.map(({ partition }) => partition);
        const answer = (error?: Error) =>
          error === undefined ? resolve(partitions) : reject(error);
        requests.push({ partitions, answer });
      }),
    recordsMax,
  );
  return { append, requests };
}

it('sends together what was asked for while another was on its way', async () => {
  const { append, requests } = slowLog(10);
  const all = [0, 1, 2].map((partition) => append(records(partition, 2)));
  expect(requests.map(({ partitions }) => partitions)).toEqual([[0, 0]]);
  requests[0]?.answer();
  await all[0];
  await expect.poll(() => requests[1]?.partitions).toEqual([1, 1, 2, 2]);
  requests[1]?.answer();
  await Promise.all(all);
});

it('sends no more together than the limit, and one alone that is larger', async () => {
  const { append, requests } = slowLog(3);
  const all = [1, 4, 2, 1].map((count, partition) => append(records(partition, count)));
  const sent = [[0], [1, 1, 1, 1], [2, 2, 3]];
  for (const [index, partitions] of sent.entries()) {
    await expect.poll(() => requests[index]?.partitions).toEqual(partitions);
    requests[index]?.answer();
  }
  await Promise.all(all);
});

it('tells all that went together what went wrong, and goes on', async () => {
  const { append, requests } = slowLog(10);
  const first = append(records(0, 1));
  const failing = [1, 2].map((partition) => append(records(partition, 1)));
  const told = Promise.allSettled(failing);
  requests[0]?.answer();
  await first;
  await expect.poll(() => requests.length).toBe(2);
  const later = append(records(3, 1));
  requests[1]?.answer(new Error('no leader'));
  expect((await told).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect.poll(() => requests[2]?.partitions).toEqual([3]);
  requests[2]?.answer();
  await later;
});
