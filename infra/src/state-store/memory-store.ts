import type { Acquired, Commit, CommitOutcome, Loaded, PartitionStore } from './partition-store.ts';

/** A partition's store in memory, for tests and simulation; the contract suite holds it to Redis. */
export class MemoryPartitionStore implements PartitionStore {
  #position = 0;
  #token = '';
  #filter = '';
  #last = '';
  #states = new Map<string, Buffer>();

  acquire(token: string): Promise<Acquired> {
    this.#token = token;
    const acquired = { position: this.#position, filter: this.#filter, last: this.#last };
    return Promise.resolve(acquired);
  }

  load(names: readonly string[]): Promise<Loaded> {
    return Promise.resolve({
      position: this.#position,
      token: this.#token,
      states: names.map((name) => this.#states.get(name) ?? null),
    });
  }

  commit(commit: Commit): Promise<CommitOutcome> {
    if (this.#token !== commit.token) return Promise.resolve('lost');
    if (this.#position === commit.from) {
      for (const [name, state] of commit.changes) this.#states.set(name, Buffer.from(state));
      this.#position = commit.to;
      this.#filter = commit.filter;
      this.#last = commit.last;
      return Promise.resolve('committed');
    }
    return Promise.resolve(this.#position === commit.to ? 'repeated' : 'lost');
  }

  /** A copy of all that is stored, to be put back later: an older Redis. */
  snapshot(): () => void {
    const [position, token, filter] = [this.#position, this.#token, this.#filter];
    const last = this.#last;
    const states = new Map(this.#states);
    return () => {
      [this.#position, this.#token, this.#filter] = [position, token, filter];
      this.#last = last;
      this.#states = new Map(states);
    };
  }

  /** Every stored state by name. */
  entries(): ReadonlyMap<string, Buffer> {
    return this.#states;
  }
}
