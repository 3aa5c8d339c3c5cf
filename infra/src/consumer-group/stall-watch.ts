/** Where a partition stands and where its log ends. */
export interface Progress {
  readonly place: string;
  /** Undefined: not acquired. */
  readonly position: number | undefined;
  readonly high: number;
}

/** Tells when a partition has stood still for too long although its log goes on. */
export class StallWatch {
  readonly #stalledAfterMs: number;
  readonly #stands = new Map<string, { position: number | undefined; sinceMs: number }>();

  constructor(options: { readonly stalledAfterMs: number }) {
    this.#stalledAfterMs = options.stalledAfterMs;
  }

  /** A sentence when the partition has stalled. `nowMs`: of `awakeMs`. */
  observe({ place, position, high }: Progress, nowMs: number): string | undefined {
    const stand = this.#stands.get(place);
    const isAtEnd = position !== undefined && position >= high;
    if (stand === undefined || isAtEnd || stand.position !== position) {
      this.#stands.set(place, { position, sinceMs: nowMs });
      return undefined;
    }
    const stalledMs = nowMs - stand.sinceMs;
    if (stalledMs < this.#stalledAfterMs) return undefined;
    return (
      `${place} has stood at ${position ?? 'no position'} of ${high} for ${Math.round(stalledMs / 1000)} s ` +
      'without an error: starting afresh.'
    );
  }

  /** Forgets all: for a time in which nothing could be seen, or other partitions are assigned. */
  reset(): void {
    this.#stands.clear();
  }
}
