import { compileRules } from '@semarak/programme';
import { describe, expect, it } from 'vitest';
import { admitMember } from './member.ts';
import { context, member, pacificPlace } from './published.fixture.ts';

function problemsOf(input: unknown): Record<string, string> {
  const verdict = admitMember(input, context);
  if (verdict.type === 'admitted') return {};
  return Object.fromEntries(verdict.problems.map(({ field, message }) => [field, message]));
}

describe('admitMember', () => {
  it('makes a profile', () => {
    expect(admitMember(member, context)).toEqual({
      type: 'admitted',
      profile: {
        ...member,
        enrolledAt: Date.UTC(2014, 11, 1, 3),
        birthDate: 5_250,
        receivedAt: context.now,
      },
    });
  });

  it.each<[string, unknown, Record<string, string>]>([
    [
      'born too early',
      { ...member, birthDate: '1899-12-31' },
      { birthDate: 'must not be before 1900-01-01' },
    ],
    [
      'born later',
      { ...member, birthDate: '2014-12-02' },
      { birthDate: 'must not be after the day of enrolledAt' },
    ],
    [
      'no date',
      { ...member, birthDate: '1984-02-30' },
      { birthDate: 'is a date that no calendar has' },
    ],
    ['gender', { ...member, gender: 'f' }, { gender: 'must be female, male, other or unknown' }],
    [
      'blank name',
      { ...member, name: '  ' },
      {
        name: 'must be 1 to 120 characters, all of them visible: no control characters, none of zero width',
      },
    ],
    [
      'control characters',
      { ...member, address: 'a\u0000b' },
      {
        address:
          'must be 1 to 300 characters, all of them visible: no control characters, none of zero width',
      },
    ],
    [
      'half a character',
      { ...member, zone: 'a\ud800' },
      {
        zone: 'must be 1 to 120 characters, all of them visible: no control characters, none of zero width',
      },
    ],
    [
      'a character of zero width',
      { ...member, zone: 'Te\u200bbet' },
      {
        zone: 'must be 1 to 120 characters, all of them visible: no control characters, none of zero width',
      },
    ],
    [
      'a zone called unknown',
      { ...member, zone: ' Unknown' },
      { zone: 'must not be unknown, which stands for what is not known' },
    ],
    [
      'programme',
      { ...member, programme: 'nowhere' },
      { programme: 'is not a published programme' },
    ],
    [
      'receivedAt',
      { ...member, receivedAt: member.enrolledAt },
      { receivedAt: 'may be set by the role import only' },
    ],
    ['unknown field', { ...member, email: 'x' }, { email: 'is not a field here' }],
    ['missing', { ...member, zone: undefined }, { zone: 'is required' }],
    ['a text', 'member', { body: 'must be a JSON object' }],
  ])('refuses %s', (_name, input, problems) => {
    expect(problemsOf(input)).toEqual(problems);
  });

  it('takes texts in one spelling', () => {
    const sent = {
      ...member,
      name: ' Rene\u0301  Siti ',
      zone: 'Kebayoran\u00a0 Baru',
      address: ' Jl. A ',
    };
    expect(admitMember(sent, context)).toMatchObject({
      type: 'admitted',
      profile: { name: 'Ren\u00e9 Siti', zone: 'Kebayoran Baru', address: 'Jl. A' },
    });
  });

  it('takes only the zones that a programme lists', () => {
    const listed = compileRules(
      pacificPlace.map((document) => ({ ...document, zones: ['Kebayoran Baru', 'Tebet'] })),
    );
    const listing = { ...context, rulesOf: () => listed };
    const zone = (text: string) => admitMember({ ...member, zone: text }, listing);
    expect(zone(' Kebayoran  Baru')).toMatchObject({ type: 'admitted' });
    expect(zone('Depok')).toMatchObject({
      type: 'refused',
      problems: [
        { field: 'zone', message: 'must be one of the programme’s zones: Kebayoran Baru, Tebet' },
      ],
    });
  });

  it('takes somebody born on the day of the enrolment', () => {
    expect(problemsOf({ ...member, birthDate: '2014-12-01' })).toEqual({});
  });

  it('refuses who enrols, or was received, in the future', () => {
    const importing = { ...context, receivedAt: 'may_be_set' } as const;
    const at = (changes: object) => {
      const verdict = admitMember({ ...member, ...changes }, importing);
      return verdict.type === 'admitted' ? [] : verdict.problems;
    };
    const ahead =
      'must be at most 300000 ms (TIME_AHEAD_MS_MAX) ahead of the gateway’s clock, 2014-12-01T05:00:00.000Z; ';
    expect(at({ enrolledAt: '2014-12-01T12:05:00+07:00' })).toEqual([]);
    expect(at({ receivedAt: '2014-12-01T12:05:00+07:00' })).toEqual([]);
    expect(at({ enrolledAt: '2099-12-01T12:00:00+07:00' })).toEqual([
      {
        field: 'enrolledAt',
        message: `${ahead}set the desk’s clock right and send when the member enrolled`,
      },
    ]);
    expect(at({ receivedAt: '2014-12-01T12:05:00.001+07:00' })).toEqual([
      { field: 'receivedAt', message: `${ahead}send when it was received, or leave it out` },
    ]);
  });
});
