import type { WrittenIn } from '../kafka/record-reader.ts';

/** A record as it lies in the log. */
export interface InputRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer>>;
  /** Why a whole batch cannot be read: this stands for it, with its bytes as value. */
  readonly fault?: string;
  readonly writtenIn?: WrittenIn;
}

/** Consecutive records of one partition; offsets need not be dense. */
export interface InputBatch {
  /** The offset that was asked for. */
  readonly from: number;
  readonly records: readonly InputRecord[];
  /** The offset to ask for next. */
  readonly to: number;
  /** The end of the partition when the batch was fetched. */
  readonly highWatermark: number;
}

/** `done`: the effects up to `position` stand. `lost`: nothing is known of the position any more. */
export type TaskOutcome =
  | { readonly type: 'done'; readonly position: number }
  | { readonly type: 'lost'; readonly reason: string };

/**
 * The work on one partition. The caller calls one method at a time, acquires first, and acquires
 * again after `lost`; a thrown error means the same as `lost`, after a pause, or ends the worker when
 * it is a `Halt`.
 */
export interface PartitionTask {
  /** Takes the partition over; the position to read from. */
  acquire(reason: string): Promise<number>;
  /** `heartbeat` is called where the work may be given up without harm; it throws on a rebalance. */
  process(batch: InputBatch, heartbeat: () => Promise<void>): Promise<TaskOutcome>;
  /** Whether the partition is still mine and where I left it. */
  check(): Promise<TaskOutcome>;
}

/** Going on would lose or double something; the message says in one sentence what to do. */
export class Halt extends Error {
  readonly code = 'halt';
}

/**
 * A server refuses the work, whoever asks, until it is mended; the message says why and what to do. A
 * process that is started afresh would be refused as well, so the partition waits instead.
 */
export class Refused extends Error {
  readonly code = 'refused';
}

/** A heartbeat met a rebalance; `cause` is what kafkajs must be given back so that it joins again. */
export class Rebalanced extends Error {
  constructor(cause: unknown) {
    super('the group is being rebalanced', { cause });
  }
}
