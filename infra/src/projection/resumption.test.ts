import { beforeAll, describe, expect, it } from 'vitest';
import { Halt } from '../consumer-group/partition-task.ts';
import {
  Crash,
  crashingAt,
  expectedContents,
  runToEnd,
  taskIn,
  worldWithRepeats,
  type Faults,
  type World,
} from './projection-world.fixture.ts';

let expected: string[];
beforeAll(async () => {
  expected = await expectedContents();
});

const heartbeat = () => Promise.resolve();

/** The group of a rebuild, killed at a step; how many steps there were. */
async function rebuilt(world: World, { killedAt }: { killedAt: number }) {
  const rebuild = world.withAnotherGroup('second');
  const crash = crashingAt(killedAt);
  try {
    await runToEnd(rebuild, taskIn(rebuild, crash), [4]);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
  return { rebuild, steps: crash.count() };
}

/** A projector that goes on from what the rebuild has left when its own bookmark says nothing. */
const adopting = (world: World, rebuild: World, faults: Faults = {}) =>
  taskIn(world, faults, { handedOver: () => Promise.resolve(rebuild.committed) });

/** A projector that has filled the first database to the end. */
async function worldOfFirst(): Promise<World> {
  const world = worldWithRepeats();
  await runToEnd(world, taskIn(world), [5]);
  return world;
}

describe('a database that another group has filled', () => {
  it('is exact wherever that group was killed, and wherever the projector is after the swap', async () => {
    const { steps } = await rebuilt(await worldOfFirst(), { killedAt: -1 });
    for (let killedAt = 0; killedAt <= steps; killedAt++)
      for (const crashStep of [killedAt % 12, (killedAt + 5) % 12]) {
        const world = await worldOfFirst();
        const { rebuild } = await rebuilt(world, { killedAt });
        world.database = 'second';
        try {
          await runToEnd(world, adopting(world, rebuild, crashingAt(crashStep)), [3]);
        } catch (error) {
          if (!(error instanceof Crash)) throw error;
        }
        await runToEnd(world, adopting(world, rebuild), [2]);
        expect(world.contents(), `${killedAt} and ${crashStep}`).toEqual(expected);
      }
  });

  it('is doubled when what was handed over is not taken', async () => {
    const world = await worldOfFirst();
    await rebuilt(world, { killedAt: -1 });
    world.database = 'second';
    await runToEnd(world, taskIn(world), [3]);
    expect(world.contents().length).toBeGreaterThan(expected.length);
  });

  it('is left to a projector that has never projected the partition', async () => {
    const world = worldWithRepeats();
    const { rebuild } = await rebuilt(world, { killedAt: -1 });
    world.database = 'second';
    expect(await adopting(world, rebuild).acquire('assigned')).toBe(world.log.length);
  });

  it('is noticed in the middle of the work, and what comes late is in the former one', async () => {
    const world = worldWithRepeats();
    const { rebuild } = await rebuilt(world, { killedAt: -1 });
    let current = 'first';
    const task = taskIn(world, {
      step: () => {
        world.database = current;
      },
    });
    await task.acquire('assigned');
    expect((await task.process(world.fetch(0, 3), heartbeat)).type).toBe('done');
    const before = world.contents();
    current = 'second';
    expect((await task.process(world.fetch(3, 3), heartbeat)).type).toBe('done');
    expect(world.contents()).toEqual(expected);
    world.database = 'first';
    expect(world.contents().length).toBeGreaterThan(before.length);
    world.database = 'second';
    expect((await task.process(world.fetch(6, 3), heartbeat)).type).toBe('lost');
    expect((await task.check()).type).toBe('lost');
    await runToEnd(world, adopting(world, rebuild), [3]);
    expect(world.contents()).toEqual(expected);
  });

  it('is told to the own group when no records come', async () => {
    const world = await worldOfFirst();
    const { rebuild } = await rebuilt(world, { killedAt: -1 });
    world.database = 'second';
    const task = adopting(world, rebuild, { commits: ['dropped'] });
    const position = await task.acquire('assigned');
    const done = { type: 'done', position };
    expect(await task.check()).toEqual(done);
    expect(world.committed.metadata).toContain('v3 first');
    expect(await task.check()).toEqual(done);
    expect(world.committed).toEqual(rebuild.committed);
    await runToEnd(world, taskIn(world), [3]);
    expect(world.contents()).toEqual(expected);
  });

  it('is not taken while the other group may be at it, and halts when it is of another one', async () => {
    const world = await worldOfFirst();
    world.database = 'second';
    const busy = taskIn(world, {}, { handedOver: () => Promise.reject(new Error('still in it')) });
    await expect(busy.acquire('assigned')).rejects.toThrow('still in it');
    const committed = { offset: 3, metadata: 'v2 third - -' };
    const wrong = taskIn(world, {}, { handedOver: () => Promise.resolve(committed) });
    await expect(wrong.acquire('assigned')).rejects.toThrow(Halt);
  });
});
