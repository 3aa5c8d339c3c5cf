import type { Typed, RecordsOf } from '@semarak/schemas';
import { StandingRights } from './rights.ts';

/** Place of a derived record’s cause in its partition of transactions. */
export interface SourcePlace {
  readonly sourceOffset: number;
  readonly ordinal: number;
}

export const isAbove = (a: SourcePlace, b: SourcePlace): boolean =>
  a.sourceOffset > b.sourceOffset || (a.sourceOffset === b.sourceOffset && a.ordinal > b.ordinal);

/**
 * What a partition of entitlements has of one partition of transactions, as its readers take it: repeats are passed over,
 * and behind DerivationRestarted they go on from its place.
 */
export class SourceHistory {
  readonly rights = new StandingRights();
  /** The last place taken; undefined: nothing was. */
  last: SourcePlace | undefined;

  take(
    record: Exclude<Typed<RecordsOf<'entitlements'>>, { readonly type: 'GiftHandedOver' }>,
  ): void {
    const { sourceOffset, ordinal } = record.value;
    const place = { sourceOffset, ordinal };
    if (record.type === 'DerivationRestarted') {
      this.last = place;
      return;
    }
    if (this.last !== undefined && !isAbove(place, this.last)) return;
    this.last = place;
    this.rights.take(record);
  }
}
