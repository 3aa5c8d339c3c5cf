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

const periods = ['today', 'month_to_date', 'year_to_date'] as const;

/** What a posting says of firsts: as columns of sale_postings, and as rows of member_firsts. */
const says = (before: Firsts, after: Firsts) => ({
  columns: {
    first_in_category: after[0],
    first_in_category_change: after[0] - before[0],
  },
  rows: periods
    .map((period, index) => ({
      period,
      change: Number(after[1] > index) - Number(before[1] > index),
    }))
    .filter(({ change }) => change !== 0),
});

/** Tells, for sales whose remaining amounts change, what each is the first of, counted from all of them. */
export class ToldFirsts {
  readonly #sales = new Map<string, ToldSale>();
  readonly #told = new Map<string, Firsts>();

  /** Once a sale has come or changed: what it says now, and the others that say something else by that. */
  changed(sale: ToldSale): {
    readonly own: ReturnType<typeof says>;
    readonly others: readonly { readonly id: string; readonly says: ReturnType<typeof says> }[];
  } {
    this.#sales.set(sale.id, sale);
    const own = this.#tell(sale);
    const others = [...this.#sales.values()]
      .filter((other) => other.member === sale.member && other.id !== sale.id)
      .map((other) => ({ id: other.id, says: this.#tell(other) }))
      .filter((other) => {
        const { columns, rows } = other.says;
        return columns.first_in_category_change !== 0 || rows.length > 0;
      });
    return { own, others };
  }

  #tell(sale: ToldSale): ReturnType<typeof says> {
    const before = this.#told.get(sale.id) ?? [0, 0];
    const after: Firsts = [
      this.#firstOf(sale, ({ category }) => category === sale.category),
      this.#firstOf(sale, () => true),
    ];
    this.#told.set(sale.id, after);
    return says(before, after);
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
