/** One thing that is not as it should be. */
export interface Difference {
  /** Relation, topic or kind of state. */
  readonly in: string;
  /** What it is about, such as a member, a number of a draw, a place in the log. */
  readonly key: string;
  /** What is there and what should be. */
  readonly says: string;
}

/** Collects differences: the first of them word for word, all of them by number. */
export class Differences {
  readonly #shownMax: number;
  readonly #counts = new Map<string, number>();
  #shown: Difference[] = [];

  constructor(shownMax: number) {
    this.#shownMax = shownMax;
  }

  add(difference: Difference): void {
    this.#counts.set(difference.in, (this.#counts.get(difference.in) ?? 0) + 1);
    if (this.#shown.length < this.#shownMax) this.#shown.push(difference);
  }

  /** Forgets what was found in some places, which are looked at again. */
  forget(places: ReadonlySet<string>): void {
    for (const place of places) this.#counts.delete(place);
    this.#shown = this.#shown.filter((difference) => !places.has(difference.in));
  }

  get total(): number {
    let sum = 0;
    for (const count of this.#counts.values()) sum += count;
    return sum;
  }

  /** How many, by where they are. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** A line each, and one more for those that are not shown. */
  lines(): string[] {
    const lines = this.#shown.map(({ in: where, key, says }) => `${where} ${key}: ${says}`);
    const rest = this.total - this.#shown.length;
    return rest === 0 ? lines : [...lines, `… and ${rest} more`];
  }
}
