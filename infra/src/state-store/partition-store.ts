import { Refused } from '../consumer-group/partition-task.ts';

/** What a partition's owner finds when it takes over. */
export interface Acquired {
  /** Offset of the first input record whose effects are not stored; 0 when nothing is. */
  readonly position: number;
  /** The reader's filter as stored with the position, encoded; empty when nothing is. */
  readonly filter: string;
  /** What the owner knew of the log at the position, encoded; empty when nothing is stored, or an older version did. */
  readonly last: string;
}

/** States as they stand at a position under an owner. */
export interface Loaded {
  readonly position: number;
  /** Who acquired last; empty when nobody has. */
  readonly token: string;
  /** In the order of the names; null: nothing stored. */
  readonly states: readonly (Buffer | null)[];
}

/** One batch's effects; all of it becomes visible at once or nothing does. */
export interface Commit {
  readonly from: number;
  readonly to: number;
  readonly token: string;
  readonly filter: string;
  /** What the owner knows of the log at `to`, encoded. */
  readonly last: string;
  readonly changes: readonly (readonly [name: string, state: Uint8Array])[];
}

/**
 * `committed`: written now. `repeated`: this very commit had been written already, and its answer was
 * lost. `lost`: the position or the owner is another's; nothing was written.
 */
export type CommitOutcome = 'committed' | 'repeated' | 'lost';

/** The stored states of one input partition with its position, owner and filter. Each call is atomic. */
export interface PartitionStore {
  acquire(token: string): Promise<Acquired>;
  load(names: readonly string[]): Promise<Loaded>;
  commit(commit: Commit): Promise<CommitOutcome>;
}

/** The store did not answer in time; `cause` has what happened. Its effect, if any, is unknown. */
export class StoreUnavailable extends Error {
  readonly code = 'store_unavailable';
}

/** The store takes no writes from anybody; the message says why and what to do. */
export class StoreRefuses extends Refused {}
