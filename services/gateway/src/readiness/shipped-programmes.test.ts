import { compileRules } from '@semarak/programme';
import { programmeFiles, readProgramme, type ProgrammeDocument } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { shippedProgrammesCheck } from './shipped-programmes.ts';

const shipped = programmeFiles().map(readProgramme);
const [first, ...others] = shipped;

/** What the gateway says when each partition has read some documents and it has read its own. */
function check(of: {
  readonly partitions: readonly (readonly ProgrammeDocument[])[];
  readonly own: readonly ProgrammeDocument[];
}): string | undefined | Promise<string | undefined> {
  return shippedProgrammesCheck({
    shipped,
    programmes: {
      rulesOf(programme) {
        const documents = of.own.filter((document) => document.programme === programme);
        return documents.length === 0 ? undefined : compileRules(documents);
      },
    },
    knowledge: () =>
      Promise.resolve(
        of.partitions.map((documents, partition) => ({ documents, partition, position: 0 })),
      ),
  })();
}

describe('the check of the shipped programmes', () => {
  it('passes once all are known in every partition and here', async () => {
    expect(shipped).toHaveLength(3);
    expect(await check({ partitions: [shipped, shipped], own: shipped })).toBeUndefined();
  });

  it('names each that is nowhere', async () => {
    const answer = await check({ partitions: [others, others], own: others });
    expect(answer).toBe(
      `Not published yet: ${first?.programme ?? ''} version 1 in partitions 0, 1.`,
    );
    expect((await check({ partitions: [[], []], own: [] }))?.split(';')).toHaveLength(3);
  });

  it('names the partitions that lack one', async () => {
    expect(await check({ partitions: [shipped, others, shipped], own: shipped })).toMatch(
      /version 1 in partitions 1\.$/,
    );
  });

  it('waits until this process has read it too', async () => {
    expect(await check({ partitions: [shipped], own: others })).toBe(
      `Not published yet: ${first?.programme ?? ''} version 1.`,
    );
  });

  it('does not take another version for the one that ships', async () => {
    const later = shipped.map((document) => ({ ...document, version: 2 }));
    expect(await check({ partitions: [later], own: later })).toMatch(/version 1 in partitions 0/);
  });
});
