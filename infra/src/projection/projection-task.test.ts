import { Halt } from '../consumer-group/partition-task.ts';
import { decodeBookmark } from './bookmark.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  crashingAt,
  eventsOf,
  expectedContents,
  processes,
  runToEnd,
  taskIn,
  World,
  worldWithRepeats,
} from './projection-world.fixture.ts';

let expected: string[];
beforeAll(async () => {
  expected = await expectedContents();
});

async function stepsOf(fetchSizes: readonly number[]): Promise<number> {
  const counting = crashingAt(-1);
  const world = worldWithRepeats();
  await runToEnd(world, taskIn(world, counting), fetchSizes);
  return counting.count();
}

describe('a projection', () => {
  it.each([[[1]], [[2]], [[5, 1]], [[100]]])(
    'has every event once, in fetches of %j',
    async (fetchSizes) => {
      const world = worldWithRepeats();
      await runToEnd(world, taskIn(world), fetchSizes);
      expect(world.contents()).toEqual(expected);
      expect(world.committed).toEqual({
        offset: world.log.length,
        metadata: expect.stringMatching(/^v3 first 33:0:\w+ - transactions\/0:13:0$/) as string,
      });
    },
  );

  it.each([
    { before: [2], after: [3] },
    { before: [5], after: [1] },
    { before: [5], after: [100] },
    { before: [100], after: [3, 1] },
  ])(
    'is exact after a crash between any two steps: $before then $after',
    async ({ before, after }) => {
      const steps = await stepsOf(before);
      for (let crashStep = 0; crashStep < steps; crashStep++) {
        const world = worldWithRepeats();
        await processes(world, [
          { faults: crashingAt(crashStep), fetchSizes: before },
          { faults: {}, fetchSizes: after },
        ]);
        expect(world.contents(), `crash at step ${crashStep}`).toEqual(expected);
      }
    },
  );

  it('is exact when another process takes over between any two steps', async () => {
    const steps = await stepsOf([5]);
    for (let pauseStep = 0; pauseStep < steps; pauseStep++) {
      const world = worldWithRepeats();
      let step = 0;
      const zombie = taskIn(world, {
        step: async () => {
          if (step++ === pauseStep) await runToEnd(world, taskIn(world), [4]);
        },
      });
      // What the zombie still does, until it notices.
      const position = await zombie.acquire('assigned');
      for (let from = position; from < world.log.length;) {
        const outcome = await zombie.process(world.fetch(from, 5), () => Promise.resolve());
        if (outcome.type === 'lost') break;
        from = outcome.position;
      }
      expect(world.contents(), `taken over at step ${pauseStep}`).toEqual(expected);
      expect(world.committed.offset).toBe(world.log.length);
    }
  });
});

describe('each rule is needed', () => {
  it('reading the bookmark back', async () => {
    let bad = 0;
    for (let crashStep = 0; crashStep < 40; crashStep++) {
      const world = worldWithRepeats();
      await processes(world, [
        {
          faults: {
            ...crashingAt(crashStep),
            commits: ['dropped', 'dropped', 'dropped'],
            without: 'read_back',
          },
          fetchSizes: [5],
        },
      ]).catch((error: unknown) => {
        if (!(error instanceof Halt)) throw error;
        bad++;
      });
      if (JSON.stringify(world.contents()) !== JSON.stringify(expected)) bad++;
    }
    expect(bad).toBeGreaterThan(0);
  });

  it('the check of the generation before a commit', async () => {
    let bad = 0;
    const steps = await stepsOf([5]);
    for (let pauseStep = 0; pauseStep < steps; pauseStep++) {
      const world = worldWithRepeats();
      let step = 0;
      const zombie = taskIn(world, {
        without: 'generation',
        step: async () => {
          if (step++ === pauseStep) await runToEnd(world, taskIn(world), [4]);
        },
      });
      const position = await zombie.acquire('assigned');
      await zombie.process(world.fetch(position, 5), () => Promise.resolve());
      const isBack = (world.committed.offset ?? 0) < world.log.length;
      if (isBack) bad++;
    }
    expect(bad).toBeGreaterThan(0);
  });
});

describe('acquiring', () => {
  it('begins at the beginning when nothing is committed', async () => {
    expect(await taskIn(new World()).acquire('assigned')).toBe(0);
  });

  it('halts at an offset without a bookmark', async () => {
    const world = worldWithRepeats();
    world.committed = { offset: 3, metadata: '' };
    await expect(taskIn(world).acquire('assigned')).rejects.toThrow(Halt);
    await expect(taskIn(world).acquire('assigned')).rejects.toThrow('has no bookmark');
  });

  it('halts at the bookmark of a newer version, and names both', async () => {
    const world = worldWithRepeats();
    world.committed = { offset: 3, metadata: 'v99 database of the future' };
    const acquired = taskIn(world).acquire('assigned');
    await expect(acquired).rejects.toThrow(Halt);
    await expect(acquired).rejects.toThrow(
      /bookmark of version 99, and this projector writes version \d+: deploy the version that wrote it/,
    );
  });

  it('fills a new database from the beginning', async () => {
    const world = worldWithRepeats();
    await runToEnd(world, taskIn(world), [5]);
    world.database = 'second';
    world.rows.clear();
    world.tokens.clear();
    expect(await taskIn(world).acquire('assigned')).toBe(0);
    await runToEnd(world, taskIn(world), [2]);
    expect(world.contents()).toEqual(expected);
    expect(world.committed.metadata).toMatch(/^v3 second 33:0:\w+ - transactions\/0:13:0$/);
  });

  it.each([
    {
      ...{ low: 4, metadata: 'v3 first - - -' },
      why: /begins at 4 but is processed only up to 3/,
    },
    {
      ...{ low: 0, metadata: 'v3 first - 1000/-/insert -' },
      why: /is processed up to 1000 but ends at 34/,
    },
    {
      ...{ low: 0, metadata: 'v3 first 2:0:00 - -' },
      why: /has another record there: the log has lost the records from 2 to 2/,
    },
    {
      ...{ low: 0, metadata: 'v3 first - 7/6:0:00/insert -' },
      why: /has another record there: the log has lost the records from 6 to 6/,
    },
  ])('halts: $why', async ({ low, metadata, why }) => {
    const world = worldWithRepeats();
    world.low = low;
    world.committed = { offset: 3, metadata };
    await expect(taskIn(world).acquire('assigned')).rejects.toThrow(why);
  });

  it('halts when the log has lost its end and has grown again while it was at work', async () => {
    const world = worldWithRepeats();
    const task = taskIn(world);
    await runToEnd(world, task, [5]);
    world.log.splice(-3);
    world.epoch++;
    world.append(...eventsOf(20), ...eventsOf(21), ...eventsOf(22), ...eventsOf(23));
    const batch = world.fetch(34, 10);
    expect(batch.records.length).toBeGreaterThan(0);
    await expect(task.process(batch, () => Promise.resolve())).rejects.toThrow(Halt);
    expect(world.contents()).toEqual(expected);
  });

  it('does not insert an open range of which the log lost the end while it was read', async () => {
    const world = worldWithRepeats();
    const crash = crashingAt(8);
    await expect(runToEnd(world, taskIn(world, crash), [7])).rejects.toThrow();
    const open = decodeBookmark(world.committed.metadata)?.open;
    if (open === undefined) throw new Error('it crashed elsewhere');
    const rows = world.contents();
    const task = taskIn(world);
    const position = await task.acquire('assigned');
    const heartbeat = () => Promise.resolve();
    await task.process(world.fetch(position, 2), heartbeat);
    world.log.splice(position + 2);
    world.epoch++;
    world.append(...eventsOf(20), ...eventsOf(21), ...eventsOf(22), ...eventsOf(23));
    const outcome = await task.process(world.fetch(position + 2, 20), heartbeat);
    expect(outcome.type).toBe('lost');
    await expect(task.acquire('lost')).rejects.toThrow(Halt);
    expect(world.contents()).toEqual(rows);
  });
});

describe('the order of calls', () => {
  it('loses a batch that begins elsewhere, and everything before it is acquired', async () => {
    const world = worldWithRepeats();
    const task = taskIn(world);
    const heartbeat = () => Promise.resolve();
    expect((await task.process(world.fetch(0, 1), heartbeat)).type).toBe('lost');
    expect((await task.check()).type).toBe('lost');
    await task.acquire('assigned');
    expect((await task.process(world.fetch(1, 1), heartbeat)).type).toBe('lost');
    expect(await task.check()).toEqual({ type: 'done', position: 0 });
  });
});

describe('an idle partition', () => {
  it('tells the group what it has closed when that was resolved and not sent', async () => {
    const world = worldWithRepeats();
    const task = taskIn(world, { commits: ['works', 'dropped'] });
    await task.acquire('assigned');
    const heartbeat = () => Promise.resolve();
    await task.process(world.fetch(0, 1), heartbeat);
    expect(world.committed.offset).toBe(0);
    expect(await task.check()).toEqual({ type: 'done', position: 1 });
    expect(world.committed.offset).toBe(1);
    expect(world.committed.metadata).toMatch(/^v3 first 0:0:[0-9a-f]{16} - transactions\/0:0:0$/);
  });
});

describe('what cannot be read', () => {
  it('is put aside with its place before the position moves', async () => {
    const world = new World();
    world.append(...eventsOf(0), 'unreadable', ...eventsOf(1));
    const crash = crashingAt(4);
    await processes(world, [{ faults: crash, fetchSizes: [10] }]);
    const keys = world.deadLetters.map(({ key }) => key);
    expect(keys.length).toBeGreaterThan(0);
    expect(new Set(keys)).toEqual(new Set(['loyalty-events/0/3']));
    expect(JSON.parse(String(world.deadLetters[0]?.value))).toMatchObject({
      type: 'DeadLetter',
      value: { sourceTopic: 'loyalty-events', sourceOffset: 3, reason: 'no record' },
    });
  });

  it('stops everything, with nothing moved, when it is too much', async () => {
    const world = new World();
    world.append(...eventsOf(0), 'unreadable');
    const task = taskIn(
      world,
      {},
      {
        deadLetterShare: {
          count(kind) {
            if (kind === 'unreadable') throw new Halt('too many');
          },
        },
      },
    );
    await expect(runToEnd(world, task, [10])).rejects.toThrow(Halt);
    expect(world.committed.offset).toBeUndefined();
    expect(world.deadLetters).toEqual([]);
  });
});
