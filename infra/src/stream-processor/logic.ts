import type { RecordName, TopicName, Typed } from '@semarak/schemas';

/** Where a record came from in its input partition. */
export interface RecordPosition {
  readonly partition: number;
  readonly offset: number;
}

/** Place of a derived event's cause, by which repeats are told: see Filter. */
export interface SourcePosition {
  readonly topic: TopicName;
  readonly partition: number;
  readonly offset: number;
  readonly ordinal: number;
  /** True: whatever was applied before, the source goes on from this place. */
  readonly restarts?: boolean;
}

/**
 * A record to be written. Topics keyed by member get the input's own partition, since they are
 * co-partitioned; those keyed by campaign the partition of their key, unless one is named.
 */
export interface Emission<Name extends RecordName = RecordName> {
  readonly topic: TopicName;
  readonly key: string | null;
  readonly partition?: number;
  readonly record: Typed<Name>;
}

/** The states that a record touches; what is set is seen by the next record and committed with it. */
export interface States<State> {
  /** Undefined: nothing has been stored under this name yet. */
  get(name: string): State | undefined;
  set(name: string, state: State): void;
}

/**
 * What a worker decides, apart from how it is made exactly-once. Pure: the same states and record
 * give the same changes and emissions, however records are batched, or a replay would differ.
 */
export interface Logic<State> {
  /** The topic of derived events whose partition of the input’s number no other input writes to. */
  readonly derived: TopicName;
  /** The states that the record needs, by name; a name belongs to one partition alone. */
  statesOf(record: Typed, at: RecordPosition): readonly string[];
  /**
   * The Kafka key that says to which partition of the input the record belongs; in another it is a dead letter, or
   * what belongs together would be decided apart. Undefined, or none: it belongs to whichever it is in. Asked before
   * all else; throws UnreadableRecord on a record that names no place.
   */
  keyOf?(record: Typed): string | undefined;
  /** Undefined: the record was sent by someone outside and is told from its repeats by its content. */
  sourceOf(record: Typed): SourcePosition | undefined;
  /** `names`: what `statesOf` gave for the record, so that they need not be made again. */
  decide(
    record: Typed,
    states: States<State>,
    at: RecordPosition,
    names: readonly string[],
  ): readonly Emission[];
  encode(name: string, state: State): Uint8Array;
  decode(name: string, bytes: Uint8Array): State;
}
