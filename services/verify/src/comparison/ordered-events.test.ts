import { describe, expect, it } from 'vitest';
import { RisingOnly, type Event } from './consumer-view.ts';
import type { Difference } from './differences.ts';
import { OrderedEvents } from './ordered-events.ts';

const event = (sourceOffset: number, ordinal = 0, transactionId = 'T1/2014-12-01/1'): Event => ({
  type: 'ParkingWithdrawn',
  value: {
    sourcePartition: 2,
    sourceOffset,
    ordinal,
    programme: 'mall',
    programmeVersion: 1,
    cause: 'T1/2014-12-01/2',
    occurredAt: 1,
    receivedAt: 2,
    memberId: 'M1',
    transactionId,
    businessDay: 16_405,
  },
});

async function differences(
  is: readonly (readonly Event[])[],
  should: readonly Event[],
): Promise<string[]> {
  const found: Difference[] = [];
  // eslint-disable-next-line @typescript-eslint/require-await -- events of the log come asynchronously.
  const batches = (async function* () {
    yield* is;
  })();
  const events = new OrderedEvents('loyalty-events', {
    batches,
    report: (difference) => found.push(difference),
  });
  for (const one of should) await events.expect(one);
  await events.finish();
  return found.map(({ key, says }) => `${key} ${says.slice(0, 40)}`);
}

describe('OrderedEvents', () => {
  it('says nothing of what is as it should be, however it is cut', async () => {
    const all = [event(1), event(1, 1), event(4), event(9)];
    expect(await differences([all.slice(0, 1), [], all.slice(1)], all)).toEqual([]);
  });

  it('names what is missing, at the end too', async () => {
    expect(await differences([[event(4)]], [event(1), event(4), event(9)])).toEqual([
      '2/1/0 ParkingWithdrawn is missing, should be {',
      '2/9/0 ParkingWithdrawn is missing, should be {',
    ]);
  });

  it('names what nobody should have written', async () => {
    const is = [event(1), event(2), event(4), event(4, 7)];
    expect(await differences([is], [event(1), event(4)])).toEqual([
      '2/2/0 ParkingWithdrawn is there, nothing shoul',
      '2/4/7 ParkingWithdrawn is there, nothing shoul',
    ]);
  });

  it('names the field that differs', async () => {
    expect(await differences([[event(1, 0, 'T1/2014-12-01/8')]], [event(1)])).toEqual([
      '2/1/0 ParkingWithdrawn transactionId is "T1/20',
    ]);
  });
});

describe('RisingOnly', () => {
  it('drops what a producer wrote again after a crash', () => {
    const filter = new RisingOnly();
    const written = [event(1), event(1, 1), event(3), event(1, 1), event(3), event(3, 1), event(5)];
    const taken = written.filter((one) => filter.takes(one));
    expect(taken.map(({ value }) => `${value.sourceOffset}:${value.ordinal}`)).toEqual([
      '1:0',
      '1:1',
      '3:0',
      '3:1',
      '5:0',
    ]);
    expect(filter.last.get(2)).toEqual({ offset: 5, ordinal: 0 });
  });

  const restarted = (sourceOffset: number, ordinal = 1_000_000): Event => ({
    type: 'DerivationRestarted',
    value: { sourcePartition: 2, sourceOffset, ordinal, restartedAt: 3 },
  });

  it('goes on from where a source restarts, below what was taken as above', () => {
    const filter = new RisingOnly();
    const written = [event(7), event(8), restarted(6), event(6, 1_000_000), event(6, 1_000_001)];
    // A producer that was not answered writes it again.
    written.push(restarted(6));
    written.push(event(6), event(7), event(7), restarted(9), event(9), event(10));
    const taken = written.filter((one) => filter.takes(one));
    expect(taken.map(({ value }) => `${value.sourceOffset}:${value.ordinal}`)).toEqual([
      '7:0',
      '8:0',
      '6:1000000',
      '6:1000001',
      '7:0',
      '9:1000000',
      '10:0',
    ]);
    expect(filter.last.get(2)).toEqual({ offset: 10, ordinal: 0 });
  });

  it('restarts one source alone, also one that is empty now', () => {
    const filter = new RisingOnly();
    const other: Event = { ...event(5), value: { ...event(5).value, sourcePartition: 3 } } as Event;
    expect([event(5), other, restarted(-1)].every((one) => filter.takes(one))).toBe(true);
    expect(filter.takes(other)).toBe(false);
    expect(filter.last.get(2)).toEqual({ offset: -1, ordinal: 1_000_000 });
    expect(filter.takes(event(0))).toBe(true);
  });
});
