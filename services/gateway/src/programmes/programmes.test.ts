import { encodePublishedProgrammes } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { pacificPlace } from '../admission/published.fixture.ts';
import { Programmes } from './programmes.ts';

const published = encodePublishedProgrammes({ documents: pacificPlace });

function following(answers: (Buffer | null | Error)[]) {
  const problems: unknown[] = [];
  const programmes = new Programmes({
    read: () => {
      const answer = answers.shift() ?? null;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    onProblem: (error) => problems.push(error),
  });
  return { programmes, problems };
}

describe('Programmes', () => {
  it('knows nothing before the first is published, and all of it after', async () => {
    const { programmes, problems } = following([null, published]);
    await programmes.refresh();
    expect(programmes.known).toBe(false);
    await programmes.refresh();
    expect(programmes.known).toBe(true);
    expect(programmes.rulesOf('pacific-place')?.versions).toHaveLength(1);
    expect(programmes.rulesOf('polytron')).toBeUndefined();
    expect(programmes.campaignsOf('pacific-place')).toEqual(
      expect.arrayContaining(['opening-draw', 'teddy-bear', 'magic-balloon']),
    );
    expect(problems).toEqual([]);
  });

  it('keeps the last known while they cannot be read or understood, and says so once', async () => {
    const gone = new Error('gone');
    const { programmes, problems } = following([published, gone, gone, Buffer.from('{')]);
    for (let reads = 0; reads < 4; reads++) await programmes.refresh();
    expect(programmes.rulesOf('pacific-place')).toBeDefined();
    expect(problems).toHaveLength(2);
  });

  it('keeps the last known when Redis has lost them', async () => {
    const { programmes } = following([published, null]);
    await programmes.refresh();
    await programmes.refresh();
    expect(programmes.known).toBe(true);
  });

  it('takes a new version', async () => {
    const next = pacificPlace.map((document) => ({
      ...document,
      version: 2,
      effectiveFrom: '2015-01-01T00:00',
    }));
    const both = encodePublishedProgrammes({ documents: [...pacificPlace, ...next] });
    const { programmes } = following([published, both]);
    await programmes.refresh();
    await programmes.refresh();
    expect(programmes.rulesOf('pacific-place')?.versions.map(({ version }) => version)).toEqual([
      1, 2,
    ]);
  });
});
