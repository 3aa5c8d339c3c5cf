import type { RecordsOf, Typed } from '@semarak/schemas';
import { createHash } from 'node:crypto';
import { StandingRights, type Entitlement } from './rights.ts';

/** Place of a derived record’s cause in its partition of transactions. */
export interface SourcePlace {
  readonly sourceOffset: number;
  readonly ordinal: number;
}

export const isAbove = (a: SourcePlace, b: SourcePlace): boolean =>
  a.sourceOffset > b.sourceOffset || (a.sourceOffset === b.sourceOffset && a.ordinal > b.ordinal);

/** Records one after another, of which nothing is kept but whether others are the same. */
export class RecordDigest {
  readonly #hash = createHash('sha256');

  take(record: Entitlement): void {
    this.#hash.update(JSON.stringify(record));
  }

  isOf(other: RecordDigest): boolean {
    return this.#hash.copy().digest('hex') === other.#hash.copy().digest('hex');
  }
}

/**
 * What a partition of entitlements has of one partition of transactions, as its readers take it: repeats are passed over,
 * and behind DerivationRestarted they go on from its place.
 */
export class SourceHistory {
  readonly rights = new StandingRights();
  /** The last place taken; undefined: nothing was. */
  last: SourcePlace | undefined;
  /** The offset of the last restart: what comes of it or before is right when the rights are. */
  restartedAt = -Infinity;
  /** What was taken behind that offset. */
  events = new RecordDigest();

  take(
    record: Exclude<Typed<RecordsOf<'entitlements'>>, { readonly type: 'GiftHandedOver' }>,
  ): void {
    const { sourceOffset, ordinal } = record.value;
    const place = { sourceOffset, ordinal };
    if (record.type === 'DerivationRestarted') {
      if (this.last?.sourceOffset === sourceOffset && !isAbove(place, this.last)) return;
      this.last = place;
      this.restartedAt = sourceOffset;
      this.events = new RecordDigest();
      return;
    }
    if (this.last !== undefined && !isAbove(place, this.last)) return;
    this.last = place;
    this.rights.take(record);
    if (sourceOffset > this.restartedAt) this.events.take(record);
  }
}
