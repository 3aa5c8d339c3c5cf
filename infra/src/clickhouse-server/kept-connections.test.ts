import { expect, test } from 'vitest';
import type { Connection, Engine } from './engine.ts';
import { KeptConnections } from './kept-connections.ts';

class World {
  readonly closed: number[] = [];
  readonly ran: string[] = [];
  #opened = 0;

  readonly engine: Pick<Engine, 'connect'> = {
    connect: () => {
      const number = this.#opened++;
      const connection: Pick<Connection, 'close' | 'query'> & { readonly number: number } = {
        number,
        close: () => void this.closed.push(number),
        query: (sql) => {
          if (sql === 'SET wrong') return Promise.reject(new Error('unknown setting'));
          this.ran.push(`${number} ${sql}`);
          return Promise.resolve({ bytes: Buffer.alloc(0), rows: 0, elapsedS: 0 });
        },
      };
      return connection as unknown as Connection;
    },
  };
}

const numberOf = (connection: Connection): number =>
  (connection as unknown as { readonly number: number }).number;

test('one is opened for each that is in use at once, and used again', async () => {
  const world = new World();
  const kept = new KeptConnections(world.engine, 8);
  let finish!: () => void;
  const waiting = new Promise<void>((resolve) => (finish = resolve));
  const first = kept.use('', async (connection) => {
    await waiting;
    return numberOf(connection);
  });
  expect(await kept.use('', (connection) => Promise.resolve(numberOf(connection)))).toBe(1);
  expect(await kept.use('', (connection) => Promise.resolve(numberOf(connection)))).toBe(1);
  finish();
  expect(await first).toBe(0);
  expect(world.closed).toEqual([]);
  kept.close();
  expect(world.closed.sort()).toEqual([0, 1]);
});

test('one whose statement fails is closed, and the next gets another', async () => {
  const world = new World();
  const kept = new KeptConnections(world.engine, 8);
  await expect(kept.use('', () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  expect(world.closed).toEqual([0]);
  expect(await kept.use('', (connection) => Promise.resolve(numberOf(connection)))).toBe(1);
  kept.close();
  expect(world.closed).toEqual([0, 1]);
});

test('one is used again for the same set-up only, and of too many the longest unused is closed', async () => {
  const world = new World();
  const kept = new KeptConnections(world.engine, 2);
  const numberFor = (setUp: string) =>
    kept.use(setUp, (connection) => Promise.resolve(numberOf(connection)));
  expect(await numberFor('SET a = 1')).toBe(0);
  expect(await numberFor('SET a = 2')).toBe(1);
  expect(await numberFor('SET a = 1')).toBe(0);
  expect(await numberFor('')).toBe(2);
  expect(world.closed).toEqual([1]);
  expect(world.ran).toEqual(['0 SET a = 1', '1 SET a = 2']);
});

test('one that cannot be set up is closed', async () => {
  const world = new World();
  const kept = new KeptConnections(world.engine, 2);
  await expect(kept.use('SET wrong', () => Promise.resolve(1))).rejects.toThrow('unknown');
  expect(world.closed).toEqual([0]);
});
