import { expect, test } from 'vitest';
import type { Connection, Engine } from './engine.ts';
import { KeptConnections } from './kept-connections.ts';

class World {
  readonly closed: number[] = [];
  #opened = 0;

  readonly engine: Pick<Engine, 'connect'> = {
    connect: () => {
      const number = this.#opened++;
      const connection: Pick<Connection, 'close'> & { readonly number: number } = {
        number,
        close: () => void this.closed.push(number),
      };
      return connection as unknown as Connection;
    },
  };
}

const numberOf = (connection: Connection): number =>
  (connection as unknown as { readonly number: number }).number;

test('one is opened for each that is in use at once, and used again', async () => {
  const world = new World();
  const kept = new KeptConnections(world.engine);
  let finish!: () => void;
  const waiting = new Promise<void>((resolve) => (finish = resolve));
  const first = kept.use(async (connection) => {
    await waiting;
    return numberOf(connection);
  });
  expect(await kept.use((connection) => Promise.resolve(numberOf(connection)))).toBe(1);
  expect(await kept.use((connection) => Promise.resolve(numberOf(connection)))).toBe(1);
  finish();
  expect(await first).toBe(0);
  expect(world.closed).toEqual([]);
  kept.close();
  expect(world.closed.sort()).toEqual([0, 1]);
});

test('one whose statement fails is closed, and the next gets another', async () => {
  const world = new World();
  const kept = new KeptConnections(world.engine);
  await expect(kept.use(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  expect(world.closed).toEqual([0]);
  expect(await kept.use((connection) => Promise.resolve(numberOf(connection)))).toBe(1);
  kept.close();
  expect(world.closed).toEqual([0, 1]);
});
