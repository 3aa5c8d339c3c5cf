import type { States } from './logic.ts';

/** A state in memory, in the order of use. */
export interface Entry<State> {
  readonly name: string;
  /** Undefined: nothing has been stored under this name yet. */
  state: State | undefined;
  /** Since the last commit. */
  isChanged: boolean;
  /** The last slice that named it. */
  usedIn: number;
  /** Bytes that it is counted with. */
  memory: number;
  older: Entry<State> | undefined;
  newer: Entry<State> | undefined;
}

/** An entry that was set. */
interface Changed<State> extends Entry<State> {
  state: State;
}

/**
 * Decoded states of one partition, with those changed since the last commit. It is true only while
 * the partition is mine, so it is cleared at every acquisition. When full, by number or by bytes, the states longest
 * unused by a slice go first; changed ones stay until they are committed.
 *
 * A name is looked up once for each record that names it. What the record’s logic then reads and sets is
 * found among the few entries of the record.
 */
export class StateCache<State> implements States<State> {
  readonly #entriesMax: number;
  readonly #bytesMax: number;
  readonly #memoryOf: (state: State) => number;
  readonly #entries = new Map<string, Entry<State>>();
  #oldest: Entry<State> | undefined;
  #newest: Entry<State> | undefined;
  #slice = 0;
  #absent: Entry<State>[] = [];
  /** Loaded since the last commit. */
  #loaded: Entry<State>[] = [];
  #memory = 0;
  #changed: Changed<State>[] = [];
  #ofRecord: readonly Entry<State>[] = [];

  constructor(options: {
    entriesMax: number;
    /** Of all states, as `memoryOf` counts them. */
    bytesMax?: number;
    memoryOf?: (state: State) => number;
  }) {
    this.#entriesMax = options.entriesMax;
    this.#bytesMax = options.bytesMax ?? Infinity;
    this.#memoryOf = options.memoryOf ?? (() => 0);
  }

  /** The states that a record of this slice names, in the same order; they become the most recently used. */
  entriesOf(names: readonly string[]): readonly Entry<State>[] {
    const entries = new Array<Entry<State>>(names.length);
    let at = 0;
    for (const name of names) {
      let entry = this.#entries.get(name);
      if (entry === undefined) this.#absent.push((entry = this.#add(name)));
      else if (entry.usedIn !== this.#slice) this.#use(entry);
      entries[at++] = entry;
    }
    return entries;
  }

  /** Those named since it was asked last of which nothing is known: their states are to be loaded. */
  takeAbsent(): readonly Entry<State>[] {
    const absent = this.#absent;
    if (absent.length > 0) {
      this.#absent = [];
      this.#loaded.push(...absent);
    }
    return absent;
  }

  /** These are the entries of the record that is decided next. */
  select(entries: readonly Entry<State>[]): void {
    this.#ofRecord = entries;
  }

  get(name: string): State | undefined {
    return (this.#selected(name) ?? this.#entries.get(name))?.state;
  }

  set(name: string, state: State): void {
    const entry = this.#selected(name) ?? this.#entries.get(name) ?? this.#add(name);
    entry.state = state;
    if (entry.isChanged) return;
    entry.isChanged = true;
    this.#changed.push(entry as Changed<State>);
  }

  /** Those set since the last commit, in the order in which they were set first. */
  changed(): readonly Changed<State>[] {
    return this.#changed;
  }

  /** The changes are committed; forgets the states longest unused beyond the limit. */
  settle(): void {
    for (const entry of this.#loaded) this.#weigh(entry);
    for (const entry of this.#changed) {
      entry.isChanged = false;
      this.#weigh(entry);
    }
    this.#changed = [];
    this.#absent = [];
    this.#loaded = [];
    this.#ofRecord = [];
    this.#slice++;
    while (
      (this.#entries.size > this.#entriesMax || this.#memory > this.#bytesMax) &&
      this.#oldest !== undefined
    ) {
      this.#entries.delete(this.#oldest.name);
      this.#memory -= this.#oldest.memory;
      this.#oldest = this.#oldest.newer;
      if (this.#oldest !== undefined) this.#oldest.older = undefined;
    }
    if (this.#oldest === undefined) this.#newest = undefined;
  }

  clear(): void {
    this.#entries.clear();
    this.#oldest = this.#newest = undefined;
    this.#memory = 0;
    this.#changed = [];
    this.#absent = [];
    this.#loaded = [];
    this.#ofRecord = [];
  }

  #weigh(entry: Entry<State>): void {
    const memory = entry.state === undefined ? 0 : this.#memoryOf(entry.state);
    this.#memory += memory - entry.memory;
    entry.memory = memory;
  }

  #selected(name: string): Entry<State> | undefined {
    for (const entry of this.#ofRecord) if (entry.name === name) return entry;
    return undefined;
  }

  #add(name: string): Entry<State> {
    const entry: Entry<State> = {
      name,
      state: undefined,
      isChanged: false,
      usedIn: this.#slice,
      memory: 0,
      older: undefined,
      newer: undefined,
    };
    this.#entries.set(name, entry);
    this.#append(entry);
    return entry;
  }

  #use(entry: Entry<State>): void {
    entry.usedIn = this.#slice;
    if (entry === this.#newest) return;
    if (entry.older === undefined) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer !== undefined) entry.newer.older = entry.older;
    this.#append(entry);
  }

  #append(entry: Entry<State>): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }
}
