import type { States } from './logic.ts';

/**
 * Decoded states of one partition, with those changed since the last commit. It is true only while
 * the partition is mine, so it is cleared at every acquisition. When full, the states longest unused
 * by a slice go first; changed ones stay until they are committed.
 */
export class StateCache<State> implements States<State> {
  readonly #entriesMax: number;
  readonly #known = new Map<string, State | undefined>();
  readonly #changed = new Map<string, State>();

  constructor(options: { entriesMax: number }) {
    this.#entriesMax = options.entriesMax;
  }

  get(name: string): State | undefined {
    return this.#known.get(name);
  }

  set(name: string, state: State): void {
    this.#known.set(name, state);
    this.#changed.set(name, state);
  }

  put(name: string, state: State | undefined): void {
    this.#known.set(name, state);
  }

  /** Which of the names are not here; those that are become the most recently used. */
  missing(names: Iterable<string>): string[] {
    const absent: string[] = [];
    for (const name of names) {
      if (!this.#known.has(name)) {
        absent.push(name);
        continue;
      }
      const state = this.#known.get(name);
      this.#known.delete(name);
      this.#known.set(name, state);
    }
    return absent;
  }

  changed(): [string, State][] {
    return [...this.#changed];
  }

  /** The changes are committed; forgets the states longest unused beyond the limit. */
  settle(): void {
    this.#changed.clear();
    let excess = this.#known.size - this.#entriesMax;
    for (const name of this.#known.keys()) {
      if (excess-- <= 0) return;
      this.#known.delete(name);
    }
  }

  clear(): void {
    this.#known.clear();
    this.#changed.clear();
  }
}
