import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { programmeDocument } from './document.ts';
import { programmeFiles, readProgramme } from './files.ts';

const directory = mkdtempSync(join(tmpdir(), 'semarak-programmes-'));
afterAll(() => rmSync(directory, { recursive: true }));

const named = (programme: string) => {
  const file = programmeFiles().find(({ pathname }) => pathname.endsWith(`/${programme}.json`));
  if (file === undefined) throw new Error(`${programme}.json is missing`);
  return readProgramme(file);
};

/** What reading the document complains about once `change` has spoilt it. */
function complaint(programme: string, change: (document: Record<string, unknown>) => void): string {
  const document = structuredClone(named(programme)) as Record<string, unknown>;
  change(document);
  const file = join(directory, 'spoilt.json');
  writeFileSync(file, JSON.stringify(document));
  try {
    readProgramme(pathToFileURL(file));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'none';
}

describe('the programmes that ship', () => {
  it('are three, each in the file that bears its name, without a field left to a default', () => {
    const found = programmeFiles().map((file) => {
      const document = readProgramme(file);
      expect(basename(file.pathname)).toBe(`${document.programme}.json`);
      expect(document).toEqual(JSON.parse(readFileSync(file, 'utf8')));
      return document.programme;
    });
    expect(found).toEqual(['metropolitan-mall-2014', 'pacific-place', 'polytron']);
  });

  it('trade in rupiah on Jakarta’s clock, and share no tenant', () => {
    const documents = programmeFiles().map(readProgramme);
    for (const document of documents)
      expect(document).toMatchObject({ timeZone: 'Asia/Jakarta', currency: 'IDR', version: 1 });
    const ids = documents.flatMap(({ tenants }) => tenants.map(({ tenantId }) => tenantId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('give Metropolitan Mall’s points from February to June 2014', () => {
    const { points, tenants } = named('metropolitan-mall-2014');
    expect(points).toMatchObject({
      perFullAmount: 100_000,
      points: 1,
      season: { from: '2014-02-01T00:00', until: '2014-07-01T00:00' },
    });
    expect(tenants).toHaveLength(30);
  });

  it('give a Polytron registration points, a number and a lucky dip play, from the same price on', () => {
    const { join: joining, tickets, gifts, points, tenants } = named('polytron');
    expect(joining).toEqual({ rule: 'enrolment' });
    const [draw] = tickets;
    const [dip] = gifts;
    expect(draw).toMatchObject({ campaign: 'lucky-draw', numbers: 'one_per_sale' });
    expect(dip).toMatchObject({ campaign: 'lucky-dip', minimumAmount: draw?.minimumAmount });
    const categories = new Set(tenants.map(({ category }) => category));
    for (const multiplier of points?.multipliers ?? [])
      for (const category of multiplier.categories ?? []) expect(categories).toContain(category);
  });
});

describe('a document with mistakes', () => {
  it.each([
    {
      mistake: 'an unknown field',
      change: (document: Record<string, unknown>) => (document['loyalty'] = true),
      says: /loyalty/,
    },
    {
      mistake: 'an unknown field inside a rule',
      change: ({ parking }: Record<string, unknown>) =>
        Object.assign(parking as object, { weekend: true }),
      says: /parking: .*weekend/,
    },
    {
      mistake: 'an amount that is no whole number',
      change: ({ points }: Record<string, unknown>) =>
        Object.assign(points as object, { perFullAmount: 250_000.5 }),
      says: /points\.perFullAmount/,
    },
    {
      mistake: 'a rule left out',
      change: (document: Record<string, unknown>) => delete document['join'],
      says: /join/,
    },
    {
      mistake: 'a tier below the one before it',
      change: ({ tiers }: Record<string, unknown>) => (tiers as object[]).reverse(),
      says: /tiers\.0\.monthSpend: the first tier starts at 0[\s\S]*tiers\.1\.tier: must be above gold/,
    },
    {
      mistake: 'the same tenant twice',
      change: ({ tenants }: Record<string, unknown>) =>
        (tenants as object[]).push((tenants as object[])[0] ?? {}),
      says: /tenants\.62\.tenantId: is there twice/,
    },
    {
      mistake: 'a date that no calendar has',
      change: (document: Record<string, unknown>) =>
        (document['effectiveFrom'] = '2015-02-29T00:00'),
      says: /effectiveFrom: must be a date that there is/,
    },
    {
      mistake: 'a time that no clock has',
      change: (document: Record<string, unknown>) =>
        (document['effectiveFrom'] = '2015-01-01T24:00'),
      says: /effectiveFrom: must be YYYY-MM-DDTHH:MM/,
    },
    {
      mistake: 'a date before the epoch',
      change: (document: Record<string, unknown>) =>
        (document['effectiveFrom'] = '1969-12-31T00:00'),
      says: /effectiveFrom: must be a date that there is, from 1970 on/,
    },
    {
      mistake: 'a season until a date that no calendar has',
      change: ({ tickets }: Record<string, unknown>) =>
        Object.assign((tickets as object[])[0] ?? {}, {
          season: { from: '2014-12-01T00:00', until: '2015-06-31T00:00' },
        }),
      says: /tickets\.0\.season\.until: must be a date that there is/,
    },
    {
      mistake: 'a season of a draw that ends before it begins',
      change: ({ tickets }: Record<string, unknown>) =>
        Object.assign((tickets as object[])[0] ?? {}, {
          season: { from: '2014-12-01T00:00', until: '2014-11-01T00:00' },
        }),
      says: /tickets\.0\.season\.until: must lie after from, 2014-12-01T00:00/,
    },
    {
      mistake: 'a season of points without a moment',
      change: ({ points }: Record<string, unknown>) =>
        Object.assign(points as object, {
          season: { from: '2014-12-01T00:00', until: '2014-12-01T00:00' },
        }),
      says: /points\.season\.until: must lie after from/,
    },
    {
      mistake: 'a season of a multiplier that ends before it begins',
      change: ({ points }: Record<string, unknown>) =>
        Object.assign(points as object, {
          multipliers: [
            { percent: 200, season: { from: '2015-12-01T00:00', until: '2014-12-01T00:00' } },
          ],
        }),
      says: /points\.multipliers\.0\.season\.until: must lie after from/,
    },
  ])('is refused, and the field named: $mistake', ({ change, says }) => {
    expect(complaint('pacific-place', change)).toMatch(says);
  });

  it('is told all its mistakes at once', () => {
    const text = complaint('polytron', (document) => {
      document['timeZone'] = 'Jakarta';
      document['currency'] = 'rupiah';
    });
    expect(text).toMatch(/timeZone: must be an IANA time zone/);
    expect(text).toMatch(/currency: must be an ISO 4217 code/);
  });

  it('is told what contradicts itself beside what is wrong by itself', () => {
    const text = complaint('pacific-place', (document) => {
      const { tiers, tenants, tickets, gifts, parking } = document as Record<string, object[]>;
      document['currency'] = 'rupiah';
      document['loyalty'] = true;
      // Of the tiers one has no name and one no order; the third has both.
      Object.assign(tiers?.[0] ?? {}, { tier: 'silver' });
      Object.assign(tiers?.[2] ?? {}, { monthSpend: 5_000_000 });
      tenants?.push({ ...tenants[1], name: '' });
      tickets?.push({ ...tickets[0], minimumAmount: 0 });
      gifts?.splice(0, 1, { ...gifts[1], editions: 'all' });
      Object.assign(parking ?? {}, { until: '18:00', perBusinessDay: 0 });
    });
    const lines = text.split('\n').slice(1);
    expect(lines.map((line) => line.trim().replace(/:.*/, '')).sort()).toEqual(
      [
        '', // of the whole: the field that nobody knows
        'currency',
        'gifts.0.editions',
        'gifts.1.campaign',
        'parking.perBusinessDay',
        'parking.until',
        'tenants.62.name',
        'tenants.62.tenantId',
        'tickets.1.campaign',
        'tickets.1.minimumAmount',
        'tiers.0.tier',
        'tiers.2.monthSpend',
      ].sort(),
    );
  });

  it.each([null, 3, [], 'programme', { tiers: 3 }, { tiers: [null], gifts: [{ editions: [1] }] }])(
    'is refused without more ado when it is %j',
    (document) => {
      expect(programmeDocument.safeParse(document).success).toBe(false);
    },
  );
});
