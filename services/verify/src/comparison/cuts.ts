import type { PlacedRelation } from './relations.ts';

type Places = PlacedRelation['places'];

/** Where a cause is: what was compared, what came after the cut, or where the log has nothing. */
export type CausePlace = 'below_the_cut' | 'behind_the_cut' | 'behind_the_end';

/** `end`: where the partition ends, asked for after the cut was taken. */
export function causePlace(
  offset: number,
  { cut, end }: { readonly cut: number; readonly end: number },
): CausePlace {
  if (offset < cut) return 'below_the_cut';
  return offset < end ? 'behind_the_cut' : 'behind_the_end';
}

/** Up to where in the log things are compared: by topic, the first offset of each partition that is not. */
export class Cuts {
  readonly #offsets: Readonly<Record<Places, readonly number[]>>;

  constructor(offsets: Readonly<Record<Places, readonly number[]>>) {
    this.#offsets = offsets;
  }

  of(places: Places): readonly number[] {
    return this.#offsets[places];
  }

  /** An SQL condition: the row’s place is below the cut, or in a partition that does not exist. */
  below(places: Places): string {
    const offsets = this.#offsets[places];
    return (
      `if(source_partition < ${offsets.length}, ` +
      `source_offset < [${offsets.map((offset) => `toInt64(${offset})`).join(', ')}][source_partition + 1], 1)`
    );
  }

  /** The row is not below the cut and its partition exists. */
  notBelow(places: Places): string {
    return `NOT (${this.below(places)})`;
  }

  /** Whether the log has a record at the place of a row that was seen before this was asked for. */
  has(places: Places, at: { readonly partition: number; readonly offset: number }): boolean {
    return at.offset < (this.#offsets[places][at.partition] ?? 0);
  }
}
