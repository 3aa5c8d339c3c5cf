import type { Records, Typed } from '@semarak/schemas';
import { assertNever } from '../assert-never.ts';
import { eventIdText, isEvent, type Event } from '../comparison/consumer-view.ts';
import { CorrectedEvents, type ExpectedEvents } from '../comparison/corrected-events.ts';
import type { CausePlace } from '../comparison/cuts.ts';
import type { Difference } from '../comparison/differences.ts';
import { OrderedEvents } from '../comparison/ordered-events.ts';
import { PackedRecords } from '../servers/packed-records.ts';

/** Events that accrual has written: by partition of `entitlements`, then by source partition. */
export type Entitled = readonly (readonly SourcedEntitlements[])[];

type Restart = Records['DerivationRestarted'];

/** What a partition of `entitlements` has of one source partition, as its consumers see it. */
export class SourcedEntitlements {
  readonly #records = new PackedRecords();
  #restart: Restart | undefined;
  /** End of what stands: of all before the last restart, and its corrections. */
  #standingEnd = 0;

  /** Takes the next event that a consumer sees; `value`: its bytes. */
  add(event: Event, value: Buffer): void {
    if (event.type === 'DerivationRestarted') {
      this.#restart = event.value;
      this.#standingEnd = this.#records.end;
      return;
    }
    this.#records.add(value);
    // Behind a restart events rise again, so those up to its offset come first.
    if (this.#restart !== undefined && event.value.sourceOffset <= this.#restart.sourceOffset)
      this.#standingEnd = this.#records.end;
  }

  /** The last one, which alone counts. */
  get restart(): Restart | undefined {
    return this.#restart;
  }

  /** What is compared by the rights that stand after it; without a restart, nothing. */
  standing(): Generator<Buffer> {
    return this.#records.between({ from: 0, to: this.#standingEnd });
  }

  /** What is compared event by event. */
  beyond(): Generator<Buffer> {
    return this.#records.between({ from: this.#standingEnd, to: this.#records.end });
  }
}

interface By {
  /** Partition of `transactions`. */
  readonly from: number;
  /** Partition of `entitlements`. */
  readonly to: number;
  readonly decode: (value: Buffer) => Typed;
  /** Where an offset of the source partition is. */
  readonly placeOf: (offset: number) => CausePlace;
  readonly report: (difference: Difference) => void;
  readonly unsettled: (what: string) => void;
}

/** Entitlements of one source partition in one partition, to be compared with those expected. */
export function entitledEvents(kept: SourcedEntitlements | undefined, by: By): ExpectedEvents {
  const { from, to, decode, placeOf, report } = by;
  // eslint-disable-next-line @typescript-eslint/require-await -- the other source of events waits for Kafka.
  const batches = (async function* () {
    for (const event of decoded(kept?.beyond() ?? [], decode))
      if (placeOf(event.value.sourceOffset) !== 'behind_the_cut') yield [event];
  })();
  const beyond = new OrderedEvents('entitlements', { batches, report });
  const restart = kept?.restart;
  if (kept === undefined || restart === undefined) return beyond;
  const place = placeOf(restart.sourceOffset);
  switch (place) {
    case 'below_the_cut': {
      const standing = decoded(kept.standing(), decode);
      return new CorrectedEvents({ restart, to, standing, beyond, report });
    }
    case 'behind_the_cut':
      // It corrects to what the recount does not come to: a further cut is behind it.
      by.unsettled('entitlements');
      return uncompared;
    case 'behind_the_end':
      report({
        in: 'entitlements',
        key: eventIdText(restart),
        says:
          `DerivationRestarted is there in entitlements/${to}, nothing should be: ` +
          `transactions/${from} has no record at offset ${restart.sourceOffset}`,
      });
      return uncompared;
    default:
      return assertNever(place);
  }
}

/** Nothing can be told of it: what is expected ends before what is there. */
const uncompared: ExpectedEvents = {
  expect: () => Promise.resolve(),
  finish: () => Promise.resolve(),
};

function* decoded(values: Iterable<Buffer>, decode: By['decode']): Generator<Event> {
  for (const value of values) {
    const record = decode(value);
    if (isEvent(record)) yield record;
  }
}
