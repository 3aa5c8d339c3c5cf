import { Halt } from '../consumer-group/partition-task.ts';
import type { Logic, States } from './logic.ts';

/** A state in memory, in the order of use. */
export interface Entry<State> {
  readonly name: string;
  /** As it was stored last, a letter for each byte (`latin1`); undefined: nothing has been. */
  stored: string | undefined;
  /** Undefined: nothing has been set or stored under this name, or it has not been decoded. */
  state: State | undefined;
  /** Since the last commit. */
  isChanged: boolean;
  /** The last slice that named it. */
  usedIn: number;
  /** Whether it is among those used last, which stay decoded. */
  isRecent: boolean;
  older: Entry<State> | undefined;
  newer: Entry<State> | undefined;
}

/** What V8 takes for a state beside its bytes, as measured: its entry, its name and its place among the others. */
export const entryBytes = 200;

export interface StateCacheLimits {
  readonly entriesMax: number;
  /** Of all states as they are stored, each with `entryBytes`. */
  readonly bytesMax: number;
  /** States that stay decoded from one slice to the next. */
  readonly decodedMax: number;
}

/**
 * States of one partition, with those changed since the last commit. It is true only while the
 * partition is mine, so it is cleared at every acquisition. When full, by number or by bytes, the states longest
 * unused by a slice go first; changed ones stay until they are committed.
 *
 * Only the states used last are kept decoded, the others as the bytes that they are stored as: a tenth of the
 * memory, and nothing that the garbage collector would have to look through. The bytes are a string, since a
 * Uint8Array takes 200 bytes around them.
 *
 * A name is looked up once for each record that names it. What the record’s logic then reads and sets is
 * found among the few entries of the record.
 */
export class StateCache<State> implements States<State> {
  readonly #logic: Pick<Logic<State>, 'encode' | 'decode'>;
  readonly #limits: StateCacheLimits;
  readonly #entries = new Map<string, Entry<State>>();
  #oldest: Entry<State> | undefined;
  #newest: Entry<State> | undefined;
  /** The oldest of the recent ones, from which on to the newest all are. */
  #oldestRecent: Entry<State> | undefined;
  #recent = 0;
  #slice = 0;
  #absent: Entry<State>[] = [];
  #bytes = 0;
  #changed: Entry<State>[] = [];
  #ofRecord: readonly Entry<State>[] = [];

  constructor(logic: Pick<Logic<State>, 'encode' | 'decode'>, limits: StateCacheLimits) {
    this.#logic = logic;
    this.#limits = limits;
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

  /** Those named since it was asked last of which nothing is known: they are to be loaded. */
  takeAbsent(): readonly Entry<State>[] {
    const absent = this.#absent;
    if (absent.length > 0) this.#absent = [];
    return absent;
  }

  /** What is stored under an entry’s name; null: nothing is. */
  load(entry: Entry<State>, bytes: Uint8Array | null): void {
    if (bytes !== null) this.#store(entry, bytes);
  }

  /** These are the entries of the record that is decided next. */
  select(entries: readonly Entry<State>[]): void {
    this.#ofRecord = entries;
  }

  get(name: string): State | undefined {
    const entry = this.#selected(name) ?? this.#unnamed(name);
    if (entry?.stored === undefined) return entry?.state;
    return (entry.state ??= this.#decode(name, entry.stored));
  }

  /** What cannot be read now cannot be read by trying again, and what it says must not be lost. */
  #decode(name: string, stored: string): State {
    try {
      return this.#logic.decode(name, Buffer.from(stored, 'latin1'));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Halt(
        `The state "${name}" in Redis cannot be read: ${reason}. When a newer version of this program wrote it, ` +
          'deploy that version again; to go on with this one, run "npm run rebuild -- redis", which makes the ' +
          'states anew from the log.',
        { cause },
      );
    }
  }

  set(name: string, state: State): void {
    const entry = this.#selected(name) ?? this.#unnamed(name) ?? this.#add(name);
    entry.state = state;
    if (entry.isChanged) return;
    entry.isChanged = true;
    this.#changed.push(entry);
  }

  /** Names and bytes of those set since the last commit, in the order in which they were set first. */
  changes(): (readonly [name: string, bytes: Uint8Array])[] {
    return this.#changed.map((entry) => {
      const bytes = this.#logic.encode(entry.name, entry.state as State);
      this.#store(entry, bytes);
      return [entry.name, bytes];
    });
  }

  /** The changes are committed; forgets the states longest unused beyond the limits. */
  settle(): void {
    for (const entry of this.#changed) entry.isChanged = false;
    this.#changed = [];
    this.#absent = [];
    this.#ofRecord = [];
    this.#slice++;
    const { entriesMax, bytesMax, decodedMax } = this.#limits;
    while (this.#recent > decodedMax && this.#oldestRecent !== undefined)
      this.#leaveRecent(this.#oldestRecent);
    while (
      (this.#entries.size > entriesMax || this.#bytes > bytesMax) &&
      this.#oldest !== undefined
    )
      this.#forget(this.#oldest);
  }

  clear(): void {
    this.#entries.clear();
    this.#oldest = this.#newest = this.#oldestRecent = undefined;
    this.#bytes = this.#recent = 0;
    this.#changed = [];
    this.#absent = [];
    this.#ofRecord = [];
  }

  #store(entry: Entry<State>, { buffer, byteOffset, length }: Uint8Array): void {
    this.#bytes += length - (entry.stored?.length ?? 0);
    entry.stored = Buffer.from(buffer, byteOffset, length).toString('latin1');
  }

  #selected(name: string): Entry<State> | undefined {
    for (const entry of this.#ofRecord) if (entry.name === name) return entry;
    return undefined;
  }

  /** One that the record did not name. */
  #unnamed(name: string): Entry<State> | undefined {
    const entry = this.#entries.get(name);
    if (entry !== undefined && entry.usedIn !== this.#slice) this.#use(entry);
    return entry;
  }

  #add(name: string): Entry<State> {
    const entry: Entry<State> = {
      name,
      stored: undefined,
      state: undefined,
      isChanged: false,
      usedIn: this.#slice,
      isRecent: false,
      older: undefined,
      newer: undefined,
    };
    this.#entries.set(name, entry);
    this.#bytes += entryBytes;
    this.#append(entry);
    return entry;
  }

  #use(entry: Entry<State>): void {
    entry.usedIn = this.#slice;
    if (entry === this.#newest) return;
    this.#remove(entry);
    this.#append(entry);
  }

  #append(entry: Entry<State>): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldestRecent ??= entry;
    if (!entry.isRecent) this.#recent++;
    entry.isRecent = true;
  }

  /** From its place in the order of use. */
  #remove(entry: Entry<State>): void {
    const { older, newer } = entry;
    if (entry === this.#oldestRecent) this.#oldestRecent = newer;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }

  #leaveRecent(entry: Entry<State>): void {
    this.#oldestRecent = entry.newer;
    this.#recent--;
    entry.isRecent = false;
    entry.state = undefined;
  }

  #forget(entry: Entry<State>): void {
    if (entry.isRecent) this.#leaveRecent(entry);
    this.#remove(entry);
    this.#entries.delete(entry.name);
    this.#bytes -= entryBytes + (entry.stored?.length ?? 0);
  }
}
