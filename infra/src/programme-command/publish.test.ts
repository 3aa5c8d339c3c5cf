import {
  epochDayOf,
  programmeFiles,
  publicationVerdict,
  readProgramme,
  type ProgrammeDocument,
} from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import type { PartitionKnowledge } from '../published-programmes/index.ts';
import { publishEverywhere, verdictNow } from './publish.ts';

const shipped = programmeFiles()
  .map(readProgramme)
  .find(({ programme }) => programme === 'pacific-place');
if (shipped === undefined) throw new Error('pacific-place ships with the product');
const first: ProgrammeDocument = shipped;
const second: ProgrammeDocument = { ...first, version: 2, effectiveFrom: '2015-01-01T00:00' };
const third: ProgrammeDocument = { ...second, version: 3, effectiveFrom: '2015-02-01T00:00' };
const named = (name: string): ProgrammeDocument => ({ ...second, name });

/** Three partitions, each folding publications as accrual does. */
function given(...known: readonly (readonly ProgrammeDocument[])[]) {
  const partitions = known.map((documents) => [...documents]);
  const knowledge = (): PartitionKnowledge[] =>
    partitions.map((documents, partition) => ({
      partition,
      position: 0,
      documents: [...documents],
    }));
  const written: [number, number][] = [];
  const write = (document: ProgrammeDocument, to: readonly number[]): Promise<void> => {
    for (const partition of to) {
      written.push([document.version, partition]);
      const documents = partitions[partition] ?? [];
      const supersedes = document.version - 1;
      if (publicationVerdict({ document, supersedes }, documents).type === 'taken')
        documents.push(document);
    }
    return Promise.resolve();
  };
  const settled = () => Promise.resolve(knowledge());
  return { partitions, written, write, settled, knowledge };
}

describe('publishing everywhere', () => {
  it('asks the deciding partition first, and then tells the others', async () => {
    const log = given([first], [first], [first]);
    const outcome = await publishEverywhere(second, { ...log, knowledge: log.knowledge() });
    expect(outcome).toEqual({ type: 'published', written: 3, partitions: 3 });
    expect(log.written.map(([, partition]) => partition)).toEqual([0, 1, 2]);
  });

  it.each([
    ['before this one has written', 0],
    ['between its writes', 1],
  ])('of two at the same moment one is refused, the other known everywhere: %s', async (_, at) => {
    const log = given([first], [first], [first]);
    const before = log.knowledge();
    let writes = 0;
    const one = publishEverywhere(named('One'), {
      ...log,
      knowledge: before,
      async write(document, to) {
        if (writes++ === at)
          other = await publishEverywhere(named('Other'), { ...log, knowledge: before });
        await log.write(document, to);
      },
    });
    let other: Awaited<typeof one> | undefined;
    const outcomes = [await one, other];
    expect(outcomes.map((outcome) => outcome?.type).sort()).toEqual(['published', 'refused']);
    const winner = outcomes[0]?.type === 'published' ? 'One' : 'Other';
    for (const documents of log.partitions)
      expect(documents.map(({ name }) => name)).toEqual([first.name, winner]);
    const refusal = outcomes.find((outcome) => outcome?.type === 'refused');
    expect(refusal).toMatchObject({
      problems: [expect.stringContaining('version 2 with another content'), expect.anything()],
    });
  });

  it('completes the version before, where its publication was interrupted', async () => {
    const log = given([first, second], [first], [first, second]);
    const outcome = await publishEverywhere(third, { ...log, knowledge: log.knowledge() });
    expect(outcome).toEqual({ type: 'published', written: 3, partitions: 3 });
    for (const documents of log.partitions)
      expect(documents.map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  it('says which partitions refuse it', async () => {
    const log = given([first], [first], [first, named('Other')]);
    const outcome = await publishEverywhere(second, { ...log, knowledge: log.knowledge() });
    expect(outcome).toMatchObject({ type: 'refused' });
  });
});

describe('publishing by the clock of this machine', () => {
  const dayMs = 86_400_000;
  const now = Date.parse('2014-12-20T05:00:00Z');
  const verdictAt = (nowMs: number, confirmedAt?: number) => {
    const closedDays = { 'pacific-place': epochDayOf('2014-12-18') ?? 0 };
    const knowledge = given([first]).knowledge();
    return verdictNow(second, {
      knowledge: knowledge.map((known) => ({ ...known, closedDays })),
      configuration: {
        CLOCK_JUMP_MS_MAX: dayMs / 2,
        CLOCK_AHEAD_OF_LOG_MS_MAX: 30 * dayMs,
        ...(confirmedAt === undefined ? {} : { CLOCK_CONFIRMED_AT: confirmedAt }),
      },
      clock: () => nowMs,
    });
  };

  it('is allowed near the newest business day that is closed in the log', () => {
    expect(verdictAt(now)).toEqual({ type: 'publish' });
  });

  it.each([
    ['ahead', now + 90 * dayMs, 'CLOCK_AHEAD_OF_LOG_MS_MAX'],
    ['back', now - 90 * dayMs, 'is not over by it'],
  ])('is refused when it was set %s, and says so first', (_, nowMs, sentence) => {
    expect(verdictAt(nowMs)).toEqual({
      type: 'refused',
      problems: [expect.stringContaining(sentence)],
    });
  });

  it('is allowed when a person confirms the clock', () => {
    const back = now - 90 * dayMs;
    expect(verdictAt(back, back)).toEqual({ type: 'publish' });
  });
});
