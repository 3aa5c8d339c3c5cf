import { expect, it } from 'vitest';
import { WorkTurns } from './work-turns.ts';

it('gives one turn in each turn of the event loop, the keys in rotation', async () => {
  const turns = new WorkTurns();
  const given: string[] = [];
  const work = async (key: string, name: string, slices: number): Promise<void> => {
    for (let slice = 0; slice < slices; slice++) {
      await turns.next(key);
      given.push(name);
    }
  };
  let loops = 0;
  let isWorking = true;
  const count = (): void => {
    loops++;
    if (isWorking) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all([
    work('terminal', 'a', 3),
    work('terminal', 'b', 3),
    work('terminal', 'c', 3),
    work('import', 'd', 2),
  ]);
  isWorking = false;
  expect(given.slice(0, 4)).toEqual(['a', 'd', 'b', 'd']);
  expect(given).toHaveLength(11);
  expect(loops).toBeGreaterThanOrEqual(10);
});
