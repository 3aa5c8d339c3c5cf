import type { Typed } from '@semarak/schemas';

/** Place of a derived event’s cause, which with the ordinal is its id. */
export interface EventId {
  readonly sourcePartition: number;
  readonly sourceOffset: number;
  readonly ordinal: number;
}

/** A derived event. */
export type Event = Extract<Typed, { readonly value: EventId }>;

export const isEvent = (record: Typed): record is Event => 'ordinal' in record.value;

/** `sourcePartition/sourceOffset/ordinal` */
export const eventIdText = ({ sourcePartition, sourceOffset, ordinal }: EventId): string =>
  `${sourcePartition}/${sourceOffset}/${ordinal}`;

/**
 * What a consumer of one partition of a derived topic takes: of each source partition only what is
 * above the last event taken. Repeats are what producers write again after a crash. A source that
 * restarts goes on from there, also below what was taken.
 */
export class RisingOnly {
  readonly #last = new Map<number, { offset: number; ordinal: number }>();

  takes({ type, value }: Event): boolean {
    const { sourcePartition, sourceOffset, ordinal } = value;
    const last = this.#last.get(sourcePartition);
    if (last === undefined) {
      this.#last.set(sourcePartition, { offset: sourceOffset, ordinal });
      return true;
    }
    const isRepeat =
      sourceOffset === last.offset
        ? ordinal <= last.ordinal
        : sourceOffset < last.offset && type !== 'DerivationRestarted';
    if (isRepeat) return false;
    last.offset = sourceOffset;
    last.ordinal = ordinal;
    return true;
  }

  /** The last (offset, ordinal) taken of each source partition. */
  get last(): ReadonlyMap<number, { readonly offset: number; readonly ordinal: number }> {
    return this.#last;
  }
}
