import type {
  Acquired,
  Commit,
  CommitOutcome,
  Loaded,
  PartitionStore,
} from '@semarak/infra/state-store';

/**
 * Stores that take one rule of the protocol out: each tells the processor what it wants to hear where
 * the rule would have stopped it.
 */

/** Load answers with the position and token that its process believes in, whatever is stored. */
export class UncheckedLoad implements PartitionStore {
  readonly #inner: PartitionStore;
  #position = 0;
  #token = '';

  constructor(inner: PartitionStore) {
    this.#inner = inner;
  }

  async acquire(token: string): Promise<Acquired> {
    const acquired = await this.#inner.acquire(token);
    this.#token = token;
    this.#position = acquired.position;
    return acquired;
  }

  async load(names: readonly string[]): Promise<Loaded> {
    const { states } = await this.#inner.load(names);
    return { position: this.#position, token: this.#token, states };
  }

  async commit(commit: Commit): Promise<CommitOutcome> {
    const outcome = await this.#inner.commit(commit);
    if (outcome !== 'lost') this.#position = commit.to;
    return outcome;
  }
}

/** Commit writes whatever position and owner are stored. */
export class UncomparedCommit implements PartitionStore {
  readonly #inner: PartitionStore;

  constructor(inner: PartitionStore) {
    this.#inner = inner;
  }

  acquire(token: string): Promise<Acquired> {
    return this.#inner.acquire(token);
  }

  load(names: readonly string[]): Promise<Loaded> {
    return this.#inner.load(names);
  }

  async commit(commit: Commit): Promise<CommitOutcome> {
    const { position, token } = await this.#inner.load([]);
    const outcome = await this.#inner.commit({ ...commit, from: position, token });
    return outcome === 'lost' ? this.commit(commit) : 'committed';
  }
}

/** The filter is kept in the process's memory, apart from the states, and dies with it. */
export class ForgottenFilter implements PartitionStore {
  readonly #inner: PartitionStore;
  #filter = '';

  constructor(inner: PartitionStore) {
    this.#inner = inner;
  }

  async acquire(token: string): Promise<Acquired> {
    const acquired = await this.#inner.acquire(token);
    return { ...acquired, filter: this.#filter };
  }

  load(names: readonly string[]): Promise<Loaded> {
    return this.#inner.load(names);
  }

  async commit(commit: Commit): Promise<CommitOutcome> {
    const outcome = await this.#inner.commit({ ...commit, filter: '' });
    if (outcome !== 'lost') this.#filter = commit.filter;
    return outcome;
  }
}
