/** A sale of which postings tell: `member` empty for nobody’s; `place` orders the sales of one day. */
export interface ToldSale {
  readonly id: string;
  readonly member: string;
  readonly day: string;
  readonly category: string;
  readonly place: number;
  remaining: number;
}

type Firsts = readonly [inCategory: number, inMall: number];

/** What a posting says of firsts, as columns of sale_postings. */
const columns = (before: Firsts, after: Firsts) => ({
  first_in_category: after[0],
  first_in_category_change: after[0] - before[0],
  first_in_mall: after[1],
  first_in_mall_change: after[1] - before[1],
});

/** Tells, for sales whose remaining amounts change, what each is the first of, counted from all of them. */
export class ToldFirsts {
  readonly #sales = new Map<string, ToldSale>();
  readonly #told = new Map<string, Firsts>();

  /** Once a sale has come or changed: what it says now, and the others that say something else by that. */
  changed(sale: ToldSale): {
    readonly own: ReturnType<typeof columns>;
    readonly others: readonly { readonly id: string; readonly says: ReturnType<typeof columns> }[];
  } {
    this.#sales.set(sale.id, sale);
    const own = this.#tell(sale);
    const others = [...this.#sales.values()]
      .filter((other) => other.member === sale.member && other.id !== sale.id)
      .map((other) => ({ id: other.id, says: this.#tell(other) }))
      .filter(({ says }) => says.first_in_category_change !== 0 || says.first_in_mall_change !== 0);
    return { own, others };
  }

  #tell(sale: ToldSale): ReturnType<typeof columns> {
    const before = this.#told.get(sale.id) ?? [0, 0];
    const after: Firsts = [
      this.#firstOf(sale, ({ category }) => category === sale.category),
      this.#firstOf(sale, () => true),
    ];
    this.#told.set(sale.id, after);
    return columns(before, after);
  }

  /** Of how many of its day, month and year. */
  #firstOf(sale: ToldSale, isCompared: (other: ToldSale) => boolean): number {
    if (sale.remaining === 0 || sale.member === '') return 0;
    const earlier = [...this.#sales.values()].filter(
      (other) =>
        other.member === sale.member &&
        other.remaining > 0 &&
        isCompared(other) &&
        (other.day < sale.day || (other.day === sale.day && other.place < sale.place)),
    );
    return [10, 7, 4].filter(
      (length) => !earlier.some(({ day }) => day.slice(0, length) === sale.day.slice(0, length)),
    ).length;
  }
}
