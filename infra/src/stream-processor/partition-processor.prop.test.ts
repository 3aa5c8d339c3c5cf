import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogUnavailable } from '../kafka/output-record.ts';
import type { MemoryPartitionStore } from '../state-store/memory-store.ts';
import { StoreUnavailable, type PartitionStore } from '../state-store/partition-store.ts';
import { expectedJournal, MemoryPipeline, type Faults, type Worker } from './memory-pipeline.ts';
import {
  ForgottenFilter,
  UncheckedLoad,
  UncomparedCommit,
  unfilteredJournal,
} from './rules-left-out.ts';

/** What happens to one call of a process to the store or the log. */
const mishap = fc.oneof(
  { weight: 6, arbitrary: fc.constant('none' as const) },
  { weight: 1, arbitrary: fc.constant('refused' as const) },
  { weight: 1, arbitrary: fc.constant('answer lost' as const) },
  { weight: 1, arbitrary: fc.constant('half done' as const) },
);
type Mishap = typeof mishap extends fc.Arbitrary<infer T> ? T : never;

const process = fc.record({
  stage: fc.constantFrom('tally' as const, 'journal' as const),
  /** Records of each batch; the process ends after the last: a crash. */
  batches: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
  mishaps: fc.array(mishap, { maxLength: 12 }),
});

const schedule = fc.record({
  members: fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 8 }),
  processes: fc.array(process, { minLength: 1, maxLength: 5 }),
  /** A store goes back to what it was some turns before. */
  olderStores: fc.array(
    fc.record({
      stage: fc.constantFrom('tallyStore' as const, 'journalStore' as const),
      turns: fc.integer({ min: 1, max: 10 }),
    }),
    { maxLength: 3 },
  ),
  scheduler: fc.scheduler(),
});
type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never;

/** Puts one rule out of force in every process. */
interface RuleLeftOut {
  readonly name: string;
  readonly tallyStore?: (store: PartitionStore) => PartitionStore;
  readonly journalStore?: (store: PartitionStore) => PartitionStore;
  readonly logic?: Faults['logic'];
  /** `unnamed`: resolves half written; `pipelined`: resolves before it is written at all. */
  readonly log?: 'unnamed' | 'pipelined';
}
const allRules: RuleLeftOut = { name: 'none' };
const rulesLeftOut: readonly RuleLeftOut[] = [
  { name: 'check at load', tallyStore: (store) => new UncheckedLoad(store) },
  { name: 'compare at commit', tallyStore: (store) => new UncomparedCommit(store) },
  { name: 'filter', logic: unfilteredJournal },
  { name: 'filter in the same commit', journalStore: (store) => new ForgottenFilter(store) },
  { name: 'acknowledged by name', log: 'unnamed' },
  { name: 'one request in flight', log: 'pipelined' },
];

/** Runs a schedule, then lets new processes finish; what the reader of the derived topic holds. */
async function journalAfter(
  { members, processes, olderStores, scheduler }: Schedule,
  rule: RuleLeftOut,
): Promise<string> {
  const pipeline = new MemoryPipeline(members);
  const turn = (label: string) => scheduler.schedule(Promise.resolve(), label);
  const unawaited: Promise<void>[] = [];
  const runs = processes.map(async ({ stage, batches, mishaps }) => {
    const worker = workerOf(pipeline, { stage, mishaps: [...mishaps], rule, turn, unawaited });
    for (const size of batches) await worker.step(size).catch(expectedFailure);
  });
  const ageing = olderStores.map(async ({ stage, turns }) => {
    await turn('keep a copy');
    const restore = pipeline[stage].snapshot();
    for (let count = 0; count < turns; count++) await turn('age');
    restore();
  });
  const all = Promise.all([...runs, ...ageing]).then(() => Promise.all(unawaited));
  await scheduler.waitFor(all);
  await pipeline.tally().run();
  return pipeline.journalled(rule.logic ? { logic: rule.logic } : {});
}

function workerOf(
  pipeline: MemoryPipeline,
  around: {
    stage: 'tally' | 'journal';
    mishaps: Mishap[];
    rule: RuleLeftOut;
    turn: (label: string) => Promise<void>;
    /** Requests that nobody waits for. */
    unawaited: Promise<void>[];
  },
): Worker {
  const { stage, mishaps, rule, turn, unawaited } = around;
  const inner: MemoryPartitionStore = pipeline[`${stage}Store`];
  const call = async <Reply>(label: string, work: () => Promise<Reply>): Promise<Reply> => {
    await turn(`${stage} ${label}`);
    const happens = mishaps.shift() ?? 'none';
    if (happens === 'refused') throw new StoreUnavailable('refused');
    const reply = await work();
    await turn(`${stage} ${label} answered`);
    if (happens === 'answer lost') throw new StoreUnavailable('answer lost');
    return reply;
  };
  const store: PartitionStore = {
    acquire: (token) => call('acquire', () => inner.acquire(token)),
    load: (names) => call('load', () => inner.load(names)),
    commit: (commit) => call('commit', () => inner.commit(commit)),
  };
  const without = rule[`${stage}Store`] ?? ((honest: PartitionStore) => honest);
  const append: Faults['append'] = async (chunk) => {
    await turn(`${stage} append`);
    const happens = mishaps.shift() ?? 'none';
    if (rule.log === 'pipelined') {
      const written = happens === 'none' ? Promise.resolve() : turn(`${stage} append, second try`);
      unawaited.push(written.then(() => pipeline.appendHonestly(chunk)));
      return;
    }
    if (happens === 'refused') throw new LogUnavailable('refused');
    const half = happens === 'half done' ? Math.floor(chunk.length / 2) : chunk.length;
    await pipeline.appendHonestly(chunk.slice(0, half));
    await turn(`${stage} append answered`);
    if (happens === 'half done' && rule.log === 'unnamed') return;
    if (happens !== 'none') throw new LogUnavailable(happens);
  };
  return pipeline[stage]({
    store: without(store),
    append,
    limits: { chunkRecordsMax: 2, commitRecordsMax: 3, cachedStatesMax: 1, produceAttemptsMax: 2 },
    ...(stage === 'journal' && rule.logic ? { logic: rule.logic } : {}),
  });
}

/** What the consumer group would meet with a pause and a new acquisition. */
function expectedFailure(error: unknown): void {
  if (error instanceof StoreUnavailable || error instanceof LogUnavailable) return;
  throw error;
}

const exact = (rule: RuleLeftOut) =>
  fc.asyncProperty(schedule, async (given) => {
    expect(await journalAfter(given, rule)).toBe(expectedJournal(given.members));
  });

describe('crashes, zombies, older stores, lost answers and half-written chunks in any order', () => {
  it('leave every effect once', async () => {
    await fc.assert(exact(allRules), { numRuns: 3_000 });
  });

  it.each(rulesLeftOut)('do not once $name is left out', async (rule) => {
    const { failed } = await fc.check(exact(rule), {
      numRuns: 20_000,
      seed: 1,
      endOnFailure: true,
    });
    expect(failed).toBe(true);
  });
});
