import { programmeFiles, readProgramme, type ProgrammeDocument } from '@semarak/schemas';
import { describe, expect, it } from 'vitest';
import { differences } from './difference.ts';
import { checkDocument } from './document-file.ts';
import { inWords } from './words.ts';

const pacificPlace = (): ProgrammeDocument => {
  const found = programmeFiles()
    .map(readProgramme)
    .find(({ programme }) => programme === 'pacific-place');
  if (found === undefined) throw new Error('pacific-place ships with the product');
  return found;
};

describe('checking a document', () => {
  it.each([
    [
      'a field that nobody knows',
      { gold: 1, parking: { from: '18:00' } },
      ['gold: is not', 'parking.'],
    ],
    ['a wrong number', { version: 0 }, ['version:']],
    [
      'fields of lists, all at once',
      { tiers: [{ tier: 'silver', monthSpend: -1, keep: 'forever', benefits: [] }] },
      ['tiers[0].tier:', 'tiers[0].monthSpend:'],
    ],
    [
      'fields that contradict each other',
      { tiers: [{ tier: 'blue', monthSpend: 5, keep: 'forever', benefits: [] }] },
      ['tiers[0].monthSpend: the first tier starts at 0'],
    ],
    [
      'fields that contradict each other beside one that is wrong by itself',
      {
        currency: 'rupiah',
        tiers: [
          { tier: 'blue', monthSpend: 0, keep: 'sometimes', benefits: [] },
          { tier: 'temporary', monthSpend: 1, keep: 'forever', benefits: [] },
        ],
      },
      ['currency:', 'tiers[0].keep:', 'tiers[1].tier: must be above blue'],
    ],
    [
      'what may be either',
      { tiers: [{ tier: 'blue', monthSpend: 0, keep: 'sometimes', benefits: [] }] },
      ['tiers[0].keep:'],
    ],
  ])('names %s', (_, change, named) => {
    const read = checkDocument({ ...pacificPlace(), ...change });
    const problems = read.type === 'refused' ? read.problems : [];
    for (const field of named)
      expect(problems).toContainEqual(expect.stringContaining(field) as string);
  });

  it('takes texts in one spelling, and names those that cannot be seen or mean nothing', () => {
    const document = pacificPlace();
    const tenant = { tenantId: 'T', name: ' A  shop\u00a0', category: 'Toys', floor: '1' };
    const spelt = checkDocument({ ...document, zones: [' Te  bet '], tenants: [tenant] });
    expect(spelt).toMatchObject({
      type: 'document',
      document: { zones: ['Te bet'], tenants: [{ name: 'A shop' }] },
    });
    const wrong = checkDocument({
      ...document,
      name: 'Pacific\u200bPlace',
      zones: ['Tebet', 'Unknown'],
      tenants: [{ ...tenant, category: 'unknown' }],
    });
    expect(wrong).toEqual({
      type: 'refused',
      problems: [
        expect.stringMatching(/^name: must be 1 to 120 characters, all of them visible/),
        expect.stringMatching(/^zones\[1\]: must not be unknown/),
        expect.stringMatching(/^tenants\[0\]\.category: must not be unknown/),
      ],
    });
  });

  it.each([null, 3, 'programme', []])('names the document itself when it is %j', (json) => {
    const read = checkDocument(json);
    expect(read).toMatchObject({
      type: 'refused',
      problems: [expect.stringMatching(/^the document: /) as string],
    });
  });
});

describe('a document in words', () => {
  it('says every amount and every limit', () => {
    const document: ProgrammeDocument = {
      ...pacificPlace(),
      points: {
        perFullAmount: 250_000,
        points: 1,
        multipliers: [{ percent: 200, tiers: ['gold'], categories: ['Dining'] }],
        caps: { perDay: 100 },
        expiresAfterMonths: 12,
      },
    };
    const text = inWords(document).join('\n');
    for (const part of [
      'first sale of at least IDR 500.000',
      'Points: 1 for each full IDR 250.000.',
      'Points: 200 % for gold at Dining.',
      'at most 100 a business day',
      'end of the 12. month',
      'Tier gold: from a month’s net spend of IDR 100.000.000, kept for ever',
      'at least IDR 750.000 for blue, gold',
      'from 18:00 until before 22:00, 1 a business day',
      'for 45 days',
    ])
      expect(text).toContain(part);
  });
});

describe('the difference of two versions', () => {
  it('names each field with what it was and is, entries of lists by what tells them apart', () => {
    const from = pacificPlace();
    const [firstTenant, ...tenants] = from.tenants;
    const { parking, ...rest } = from;
    const to: ProgrammeDocument = {
      ...rest,
      version: 2,
      tiers: from.tiers.map((tier) => (tier.tier === 'gold' ? { ...tier, benefits: [] } : tier)),
      gifts: from.gifts.toReversed(),
      tenants,
      points: { ...from.points, perFullAmount: 200_000 } as NonNullable<
        ProgrammeDocument['points']
      >,
    };
    expect(parking).toBeDefined();
    const lines = differences(from, to);
    expect(lines).toHaveLength(5);
    expect(lines).toContain('version: 1 → 2');
    expect(lines).toContain('points.perFullAmount: 250000 → 200000');
    expect(lines.some((line) => line.startsWith('tiers[gold].benefits: ['))).toBe(true);
    expect(lines.some((line) => line.startsWith('parking: removed, was '))).toBe(true);
    const gone = `tenants[${firstTenant?.tenantId ?? ''}]: removed, was `;
    expect(lines.some((line) => line.startsWith(gone))).toBe(true);
  });

  it('is nothing between a document and itself read again', () => {
    const again = JSON.parse(JSON.stringify(pacificPlace())) as ProgrammeDocument;
    expect(differences(pacificPlace(), again)).toEqual([]);
  });
});
