const windowMs = 10_000;

/** Records a second over the last ten seconds. */
export class Rate {
  readonly #seen: { readonly done: number; readonly at: number }[] = [];

  /** `at` in milliseconds; undefined as long as nothing can be said. */
  observe(now: { readonly done: number; readonly at: number }): number | undefined {
    this.#seen.push(now);
    while (this.#seen.length > 2 && now.at - (this.#seen[1]?.at ?? now.at) >= windowMs)
      this.#seen.shift();
    const first = this.#seen[0] ?? now;
    return now.at > first.at ? ((now.done - first.done) * 1_000) / (now.at - first.at) : undefined;
  }
}

/** For example `42 % (84000 of 200000 records), 12300 records/s, 10 s left`. */
export function progressLine(work: {
  readonly done: number;
  readonly total: number;
  readonly recordsPerSecond: number | undefined;
}): string {
  const { done, total, recordsPerSecond } = work;
  const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
  const line = `${percent} % (${done} of ${total} records)`;
  if (recordsPerSecond === undefined || recordsPerSecond <= 0) return line;
  const seconds = Math.ceil((total - done) / recordsPerSecond);
  return `${line}, ${Math.round(recordsPerSecond)} records/s, ${seconds} s left`;
}
