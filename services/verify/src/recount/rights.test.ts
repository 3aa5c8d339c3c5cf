import { describe, expect, it } from 'vitest';
import type { Event } from '../comparison/consumer-view.ts';
import {
  announcedDay,
  announcedVersion,
  gift,
  restarted,
  ticket,
} from '../round/entitlements.fixture.ts';
import { StandingRights } from './rights.ts';

const at = { offset: 1 };

function unlike(is: readonly Event[], should: readonly Event[]): string[] {
  const [standing, expected] = [is, should].map((events) => {
    const rights = new StandingRights();
    for (const event of events) rights.take(event);
    return rights;
  }) as [StandingRights, StandingRights];
  return [...standing.unlike(expected)].map((one) => `${one.is} ${one.right}`);
}

describe('rights that stand', () => {
  it('are the same by whatever events they came', () => {
    const earned = ticket('DrawTicketEarned', at, { sale: 1 });
    const forfeited = ticket('DrawTicketForfeited', { offset: 2 }, { sale: 1 });
    const again = ticket('DrawTicketEarned', { offset: 3, ordinal: 4 }, { sale: 1 });
    expect(unlike([earned, forfeited, again], [earned])).toEqual([]);
    expect(unlike([earned, forfeited], [])).toEqual([]);
  });

  it('are told apart by all that names them', () => {
    const is = [ticket('DrawTicketEarned', at, { sale: 1 }), gift('GiftEntitled', at, { sale: 1 })];
    const should = [
      ticket('DrawTicketEarned', at, { sale: 1, memberId: 'M2' }),
      ticket('DrawTicketEarned', at, { sale: 1, ticket: 1 }),
      gift('GiftEntitled', at, { sale: 1, edition: 'easter' }),
    ];
    expect(unlike(is, should)).toEqual([
      'surplus ticket mall/draw/M1/T1/2014-12-24/1/0',
      'surplus gift mall/bear/M1/T1/2014-12-24/1/teddy-bear/christmas',
      'missing ticket mall/draw/M2/T1/2014-12-24/1/0',
      'missing ticket mall/draw/M1/T1/2014-12-24/1/1',
      'missing gift mall/bear/M1/T1/2014-12-24/1/teddy-bear/easter',
    ]);
  });

  it('are the same by whatever version decided', () => {
    const is = gift('GiftEntitled', at, { sale: 1, programmeVersion: 1 });
    const should = gift('GiftEntitled', at, { sale: 1, programmeVersion: 2 });
    expect(unlike([is], [should])).toEqual([]);
    expect(unlike([is, gift('GiftWithdrawn', at, { sale: 1, programmeVersion: 2 })], [])).toEqual(
      [],
    );
  });

  it('announcements are missing, but never too many: nothing takes them back', () => {
    const announced = [announcedVersion(at, 2), announcedDay(at, 16_428)];
    expect(unlike(announced, [])).toEqual([]);
    expect(unlike([], announced)).toEqual([
      'missing programme mall/2',
      'missing business day mall/16428',
    ]);
  });

  it('no other event is taken', () => {
    expect(() => new StandingRights().take(restarted(1))).toThrow('gives and takes no right');
  });
});
