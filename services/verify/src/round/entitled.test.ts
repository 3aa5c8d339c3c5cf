import { describe, expect, it } from 'vitest';
import { RisingOnly, type Event } from '../comparison/consumer-view.ts';
import { causePlace } from '../comparison/cuts.ts';
import { entitledEvents, SourcedEntitlements } from './entitled.ts';
import {
  announcedVersion,
  correctionOrdinal,
  decode,
  encoded,
  restarted,
  source,
  ticket,
  type At,
} from './entitlements.fixture.ts';

const earned = (offset: number, sale: number, ordinal = 0): Event =>
  ticket('DrawTicketEarned', { offset, ordinal }, { sale });
const forfeited = (offset: number, sale: number, ordinal = 0): Event =>
  ticket('DrawTicketForfeited', { offset, ordinal }, { sale });
const corrected = (n: number) => correctionOrdinal + n;

/** What is said of a partition of entitlements that should have the one and has the other. */
async function told(of: {
  is: readonly Event[];
  should: readonly Event[];
  cut?: number;
  end?: number;
}) {
  const { is, should, cut = 100, end = cut } = of;
  const filter = new RisingOnly();
  const kept = new SourcedEntitlements();
  for (const event of is) if (filter.takes(event)) kept.add(event, encoded(event));
  const differences: string[] = [];
  const unsettled: string[] = [];
  const events = entitledEvents(kept, {
    from: source,
    to: 6,
    decode,
    placeOf: (offset) => causePlace(offset, { cut, end }),
    report: ({ in: where, key, says }) =>
      differences.push(`${where} ${key}: ${says.replace(/ it says .*/, '')}`),
    unsettled: (what) => unsettled.push(what),
  });
  for (const event of should) await events.expect(event);
  await events.finish();
  return { differences, unsettled };
}

const equal = { differences: [], unsettled: [] };

describe('entitlements without a restart', () => {
  it('are compared event by event up to the cut', async () => {
    const should = [earned(4, 1), earned(9, 2)];
    const is = [...should, earned(11, 3)];
    expect(await told({ is, should, cut: 10, end: 12 })).toEqual(equal);
  });

  it('caused by nothing that the log has are told', async () => {
    const { differences } = await told({ is: [earned(11, 3)], should: [], cut: 10 });
    expect(differences).toEqual([
      'entitlements 3/11/0: DrawTicketEarned is there, nothing should be;',
    ]);
  });
});

describe('entitlements of a source that restarted', () => {
  /** Offsets 6 and 7 were lost, with all that the first of them and a part of what the second gave. */
  const lost = [earned(2, 1), earned(6, 5), forfeited(7, 1)];

  it('are right when the rights are, and what follows is event by event', async () => {
    const is = [
      ...lost,
      restarted(5),
      forfeited(5, 5, corrected(1)),
      earned(5, 1, corrected(2)),
      earned(5, 4, corrected(3)),
      earned(6, 7),
      earned(7, 8),
    ];
    const should = [earned(2, 1), earned(4, 4), earned(6, 7), earned(7, 8)];
    expect(await told({ is, should, cut: 8 })).toEqual(equal);
  });

  it('may be of records that lie behind the end, as long as they are taken back', async () => {
    const is = [...lost, restarted(2), forfeited(2, 5, corrected(1)), earned(2, 1, corrected(2))];
    expect(await told({ is, should: [earned(2, 1)], cut: 3 })).toEqual(equal);
    // The log has grown on since, but not yet up to the cut.
    expect(await told({ is, should: [earned(2, 1)], cut: 3, end: 20 })).toEqual(equal);
  });

  it('name a right too many and one too few', async () => {
    const { differences } = await told({
      is: [...lost, restarted(5)],
      should: [announcedVersion({ offset: 0 }, 1), earned(2, 1)],
    });
    expect(differences).toEqual([
      'entitlements transactions/3 ticket mall/draw/M1/T1/2014-12-24/5/0: stands in entitlements/6, should not: transactions/3 does not grant it up to offset 5',
      'entitlements transactions/3 ticket mall/draw/M1/T1/2014-12-24/1/0: does not stand in entitlements/6, should: transactions/3 grants it up to offset 5',
      'entitlements transactions/3 programme mall/1: does not stand in entitlements/6, should: transactions/3 grants it up to offset 5',
    ]);
  });

  it('name what differs beyond the restart by its place', async () => {
    const { differences } = await told({
      is: [restarted(5), earned(6, 7), earned(8, 9)],
      should: [earned(7, 8)],
    });
    expect(differences.map((one) => one.slice(0, 60))).toEqual([
      'entitlements 3/6/0: DrawTicketEarned is there, nothing shoul',
      'entitlements 3/7/0: DrawTicketEarned is missing, should be {',
      'entitlements 3/8/0: DrawTicketEarned is there, nothing shoul',
    ]);
  });

  it('are compared with what was there before, not only behind it', async () => {
    const { differences } = await told({ is: [earned(2, 1), restarted(5)], should: [] });
    expect(differences).toHaveLength(1);
  });

  it('are compared up to the last restart, lower or higher than the one before', async () => {
    const once = [...lost, restarted(5), forfeited(5, 5, corrected(1)), earned(5, 1, corrected(2))];
    const lower = [...once, earned(6, 7), restarted(4), forfeited(4, 7, corrected(1))];
    expect(await told({ is: [...lower, earned(5, 9)], should: [earned(2, 1), earned(5, 9)] }))
      // Of offset 5 nothing was granted by the log that the first restart knew.
      .toEqual(equal);
    const higher = [...once, earned(6, 7), earned(8, 8), restarted(7)];
    const should = [earned(2, 1), earned(6, 7), earned(8, 9)];
    expect(
      await told({ is: [...higher, forfeited(7, 8, corrected(1)), earned(8, 9)], should }),
    ).toEqual(equal);
    expect((await told({ is: [...higher, earned(8, 9)], should })).differences).toHaveLength(1);
  });

  it('restart at the same offset above what stands there', async () => {
    const is = [earned(5, 1), restarted(5), restarted(5, corrected(1)), earned(5, 2, corrected(2))];
    expect(await told({ is, should: [earned(4, 2), earned(5, 1)] })).toEqual(equal);
  });

  it('may have lost all', async () => {
    const is = [...lost, restarted(-1), forfeited(-1, 5, corrected(1)), earned(0, 9)];
    expect(await told({ is, should: [earned(0, 9)], cut: 1 })).toEqual(equal);
    expect(await told({ is: is.slice(0, -1), should: [], cut: 0 })).toEqual(equal);
  });

  it('are left to a further round when they were corrected behind the cut', async () => {
    const is = [...lost, restarted(5), forfeited(5, 5, corrected(1))];
    expect(await told({ is, should: [earned(2, 1)], cut: 4, end: 6 })).toEqual({
      differences: [],
      unsettled: ['entitlements'],
    });
  });

  it('are told when the log has lost its end once more', async () => {
    const { differences, unsettled } = await told({
      is: [...lost, restarted(5), forfeited(5, 5, corrected(1))],
      should: [earned(2, 1)],
      cut: 4,
    });
    expect(unsettled).toEqual([]);
    expect(differences).toEqual([
      'entitlements 3/5/1000000: DerivationRestarted is there in entitlements/6, nothing should be: transactions/3 has no record at offset 5',
    ]);
  });

  it('cut what is caused behind the cut, as without a restart', async () => {
    const place: At = { offset: 9 };
    const is = [...lost.slice(0, 1), restarted(5), ticket('DrawTicketEarned', place, { sale: 9 })];
    expect(await told({ is, should: [earned(2, 1)], cut: 8, end: 10 })).toEqual(equal);
  });
});
