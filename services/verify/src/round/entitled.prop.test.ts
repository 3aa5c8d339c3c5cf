import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RisingOnly, type Event } from '../comparison/consumer-view.ts';
import { causePlace } from '../comparison/cuts.ts';
import { entitledEvents, SourcedEntitlements } from './entitled.ts';
import {
  correctionOrdinal,
  decode,
  encoded,
  restarted,
  source,
  ticket,
} from './entitlements.fixture.ts';

/** A record of transactions: the sales whose right it turns, one after the other. */
const record = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 });
const records = fc.array(record, { maxLength: 12 });

/** A log, then how much of its end was lost and what came in its place; how much was derived before. */
const loss = fc.record({
  kept: fc.nat({ max: 12 }),
  regrown: records,
  underived: fc.nat({ max: 3 }),
});
const histories = fc.record({ first: records, losses: fc.array(loss, { maxLength: 3 }) });

type Log = readonly (readonly number[])[];

const turned = (
  sale: number,
  held: Set<number>,
  at: { offset: number; ordinal: number },
): Event => {
  const isHeld = held.delete(sale);
  if (!isHeld) held.add(sale);
  return ticket(isHeld ? 'DrawTicketForfeited' : 'DrawTicketEarned', at, { sale });
};

/** What a log grants, event by event; `held` has the sales whose right stands at the end. */
function derived(log: Log): { events: Event[]; held: Set<number> } {
  const held = new Set<number>();
  const events = log.flatMap((sales, offset) =>
    sales.map((sale, ordinal) => turned(sale, held, { offset, ordinal })),
  );
  return { events, held };
}

/** The sales whose right stands by what was written. */
function heldBy(events: readonly Event[]): Set<number> {
  const held = new Set<number>();
  for (const { type, value } of events) {
    const sale = 'transactionId' in value ? Number(value.transactionId?.split('/')[2]) : -1;
    if (type === 'DrawTicketEarned') held.add(sale);
    if (type === 'DrawTicketForfeited') held.delete(sale);
  }
  return held;
}

/** A log that lost its end again and again, and all that was written of it, corrections included. */
function lived(history: {
  first: Log;
  losses: readonly { kept: number; regrown: Log; underived: number }[];
}) {
  let log = history.first;
  let written = derived(log).events;
  let ordinal = correctionOrdinal;
  for (const { kept, regrown, underived } of history.losses) {
    written = written.slice(0, Math.max(0, written.length - underived));
    const rest = log.slice(0, kept);
    const { held: should } = derived(rest);
    const is = heldBy(written);
    const offset = rest.length - 1;
    written.push(restarted(offset, ordinal++));
    for (const sale of new Set([...is, ...should]))
      if (is.has(sale) !== should.has(sale))
        written.push(turned(sale, is, { offset, ordinal: ordinal++ }));
    log = [...rest, ...regrown];
    const { events } = derived(log);
    written.push(...events.filter(({ value }) => value.sourceOffset > offset));
  }
  return { log, written };
}

async function differences(log: Log, written: readonly Event[]): Promise<number> {
  const filter = new RisingOnly();
  const kept = new SourcedEntitlements();
  for (const event of written) if (filter.takes(event)) kept.add(event, encoded(event));
  let found = 0;
  const events = entitledEvents(kept, {
    from: source,
    to: 0,
    decode,
    placeOf: (offset) => causePlace(offset, { cut: log.length, end: log.length }),
    report: () => found++,
    unsettled: () => found++,
  });
  for (const event of derived(log).events) await events.expect(event);
  await events.finish();
  return found;
}

it('a log that was corrected after each loss is right, with repeats too', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const { log, written } = lived(history);
      expect(await differences(log, written)).toBe(0);
      const repeated = written.flatMap((event): Event[] =>
        event.type === 'DerivationRestarted' ? [event] : [event, event],
      );
      expect(await differences(log, repeated)).toBe(0);
    }),
  );
});

it('without one of its events it is wrong exactly when another right stands, or beyond the restart', async () => {
  await fc.assert(
    fc.asyncProperty(histories, fc.nat(), async (history, pick) => {
      const { log, written } = lived(history);
      const dropped = written[pick % Math.max(1, written.length)];
      if (dropped === undefined || dropped.type === 'DerivationRestarted') return;
      const rest = written.filter((event) => event !== dropped);
      const isBeyond = !standing(written).includes(dropped);
      const isUnlike = !sameSales(heldBy(standing(rest)), heldBy(standing(written)));
      expect((await differences(log, rest)) > 0).toBe(isBeyond || isUnlike);
    }),
  );
});

/** What stands by the last restart: all before it, and its corrections. */
function standing(written: readonly Event[]): Event[] {
  const last = written.findLastIndex(({ type }) => type === 'DerivationRestarted');
  const restart = written[last];
  if (restart === undefined) return [];
  return written.filter(
    ({ value }, index) => index < last || value.sourceOffset <= restart.value.sourceOffset,
  );
}

const sameSales = (a: ReadonlySet<number>, b: ReadonlySet<number>): boolean =>
  a.size === b.size && [...a].every((sale) => b.has(sale));
