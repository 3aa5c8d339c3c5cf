/** Tells when Kafka has not answered a consumer for longer than its session lasts without it. */
export class Silence {
  readonly #sessionMs: number;
  #heardMs: number;

  constructor({ sessionMs, nowMs }: { readonly sessionMs: number; readonly nowMs: number }) {
    this.#sessionMs = sessionMs;
    this.#heardMs = nowMs;
  }

  /** Kafka has answered. `nowMs`: of `awakeMs`. */
  heard(nowMs: number): void {
    this.#heardMs = nowMs;
  }

  /** A sentence for an operator while it lasts. */
  problem(nowMs: number): string | undefined {
    const silentMs = nowMs - this.#heardMs;
    if (silentMs <= this.#sessionMs) return undefined;
    return `Kafka has not answered for ${Math.round(silentMs / 1000)} s.`;
  }
}
