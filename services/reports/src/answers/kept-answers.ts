/** An answer as ClickHouse gave it. */
export interface ReportRows {
  /** JSON objects without brackets around them, or CSV with a header row. */
  readonly text: string;
  readonly lateRecords: number;
  /** Of the generation that everybody read after the rows were. */
  readonly databaseId: string;
}

/**
 * Answers by what was asked and where the log stood. A question at the same place in the log is answered by
 * the same query, whether it still runs or has ended; the oldest answers go first.
 */
export class KeptAnswers {
  readonly #answersMax: number;
  readonly #bytesMax: number;
  readonly #kept = new Map<string, { answer: Promise<ReportRows>; bytes: number }>();
  #bytes = 0;

  constructor(limits: { readonly answersMax: number; readonly bytesMax: number }) {
    this.#answersMax = limits.answersMax;
    this.#bytesMax = limits.bytesMax;
  }

  /** `found`: whether no query was needed. */
  get(
    key: string,
    ask: () => Promise<ReportRows>,
  ): { readonly found: boolean; readonly answer: Promise<ReportRows> } {
    const known = this.#kept.get(key);
    if (known !== undefined) return { found: true, answer: known.answer };
    const answer = ask();
    const entry = { answer, bytes: 0 };
    this.#kept.set(key, entry);
    answer.then(
      ({ text }) => {
        // It may have gone while its query ran.
        if (this.#kept.get(key) !== entry) return;
        entry.bytes = text.length;
        this.#bytes += entry.bytes;
        this.#shrink();
      },
      () => {
        if (this.#kept.get(key) === entry) this.#kept.delete(key);
      },
    );
    return { found: false, answer };
  }

  #shrink(): void {
    for (const [key, { bytes }] of this.#kept) {
      if (this.#kept.size <= this.#answersMax && this.#bytes <= this.#bytesMax) return;
      this.#kept.delete(key);
      this.#bytes -= bytes;
    }
  }
}
