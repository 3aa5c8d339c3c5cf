import type { OutputRecord } from '@semarak/infra/kafka';
import { campaignKey, type Typed } from '@semarak/schemas';
import { StandingRights, takingBack, type Entitlement } from './rights.ts';
import { isAbove, RecordDigest, type SourceHistory, type SourcePlace } from './source-history.ts';

/** Ordinals of corrections begin here: no cause has so many events. */
export const correctionOrdinalMin = 1_000_000;

/** What corrects a partition of entitlements. */
export interface Correction {
  /** In the order in which they are to be written; the first is DerivationRestarted. */
  readonly records: readonly Typed[];
  readonly takenBack: readonly Entitlement[];
  readonly given: readonly Entitlement[];
}

/**
 * Holds a partition of entitlements against what one partition of transactions gives when it is read again. While both
 * agree, what is missing at the end is what accrual has not written yet, and is appended as it is. Where they differ the rights
 * are compared, not the events: a number that a member holds stays his when his sale was sent again.
 */
export class Comparison {
  readonly #history: SourceHistory;
  readonly #expected = new StandingRights();
  readonly #events = new RecordDigest();
  #state: 'below' | 'in_step' | 'differs' = 'below';

  constructor(history: SourceHistory) {
    this.#history = history;
  }

  /** Takes the next record that accrual derives; true: it is missing in the log, and may be appended as it is. */
  isMissing(record: Entitlement): boolean {
    const { last } = this.#history;
    if (this.#state === 'below' && (last === undefined || isAbove(record.value, last)))
      this.#state = this.#agrees() ? 'in_step' : 'differs';
    if (this.#state === 'in_step') return true;
    this.#expected.take(record);
    if (record.value.sourceOffset > this.#history.restartedAt) this.#events.take(record);
    return false;
  }

  /** What puts the log right once all below offset `end` was taken; undefined: it is. */
  correction(source: {
    readonly partition: number;
    readonly end: number;
    readonly restartedAt: number;
  }): Correction | undefined {
    const { last } = this.#history;
    const isBeyond = last !== undefined && last.sourceOffset >= source.end;
    const inStep = this.#state === 'in_step' || (this.#state === 'below' && this.#agrees());
    if (inStep && !isBeyond) return undefined;
    const surplus = this.#history.rights.without(this.#expected).map(takingBack);
    const takenBack = surplus.filter((record) => record !== undefined);
    const given = this.#expected.without(this.#history.rights);
    const records = inPlace([...takenBack, ...given], { ...source, last });
    return { records, takenBack, given };
  }

  #agrees(): boolean {
    const { rights, events } = this.#history;
    if (!events.isOf(this.#events)) return false;
    const surplus = rights.without(this.#expected).filter((record) => takingBack(record));
    return surplus.length === 0 && this.#expected.without(rights).length === 0;
  }
}

/** The records behind one that says so, all at the last place of the source that was compared. */
function inPlace(
  records: readonly Entitlement[],
  source: {
    readonly partition: number;
    readonly end: number;
    readonly restartedAt: number;
    readonly last: SourcePlace | undefined;
  },
): Typed[] {
  const { partition: sourcePartition, end, restartedAt, last } = source;
  const sourceOffset = end - 1;
  const above = last?.sourceOffset === sourceOffset ? last.ordinal + 1 : 0;
  let ordinal = Math.max(correctionOrdinalMin, above);
  const at = () => ({ sourcePartition, sourceOffset, ordinal: ordinal++ });
  return [
    { type: 'DerivationRestarted', value: { ...at(), restartedAt } },
    ...records.map(({ type, value }) => ({ type, value: { ...value, ...at() } }) as Typed),
  ];
}

/** A correction as it goes into a partition of entitlements. */
export const outputOf = (
  record: Typed,
  to: { readonly partition: number; readonly encode: (record: Typed) => Buffer },
): OutputRecord => ({
  topic: 'entitlements',
  partition: to.partition,
  key: keyOf(record),
  value: to.encode(record),
});

function keyOf({ value }: Typed): string | null {
  if ('campaign' in value && 'programme' in value) return campaignKey(value);
  return 'programme' in value ? value.programme : null;
}
