import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import {
  crashingAt,
  expectedContents,
  processes,
  worldWithRepeats,
  type CommitFate,
  type InsertFate,
} from './projection-world.fixture.ts';

let expected: string[];
beforeAll(async () => {
  expected = await expectedContents();
});

it('is exact whatever fails, in any order', async () => {
  const insertFate = fc.constantFrom<InsertFate>('works', 'lost', 'unanswered', 'token_only');
  const commitFate = fc.constantFrom<CommitFate>('works', 'dropped');
  const run = fc.record({
    crashStep: fc.integer({ min: 0, max: 80 }),
    inserts: fc.array(insertFate, { maxLength: 12 }),
    commits: fc.array(commitFate, { maxLength: 12 }),
    fetchSizes: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(run, { minLength: 1, maxLength: 4 }), async (runs) => {
      const world = worldWithRepeats();
      await processes(
        world,
        runs.map(({ crashStep, inserts, commits, fetchSizes }) => ({
          faults: {
            step: crashingAt(crashStep).step,
            inserts: [...inserts],
            commits: [...commits],
          },
          fetchSizes,
        })),
      );
      expect(world.contents()).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});
