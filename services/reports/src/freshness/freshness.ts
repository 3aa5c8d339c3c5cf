import type { DatabaseState } from '../catalogue/database.ts';
import { positionOf, projectedInto } from './position.ts';
import type { Round } from './round.ts';
import { lagRecords, type Samples } from './samples.ts';

/** What is known of the numbers before they are asked for. */
export interface Known {
  readonly state: DatabaseState;
  /** The same text means the same rows; undefined while rows are being written. */
  readonly position: string | undefined;
  /** No other read has it. */
  readonly id: string;
  /** Everything that was in the log then is in the rows; epoch milliseconds. */
  readonly completeUpToMs: number | undefined;
  readonly lagRecords: number;
}

/** Reads both sides at once: what either says is compared with the other, never trusted alone. */
export async function readKnown(from: {
  readonly state: () => Promise<DatabaseState>;
  readonly round: () => Promise<Round>;
  readonly samples: Samples;
  readonly id: () => string;
}): Promise<Known> {
  const [state, round] = await Promise.all([from.state(), from.round()]);
  const { databaseId, views } = state;
  const projected = projectedInto(databaseId, round.projector);
  return {
    state,
    position: positionOf({ databaseId, views, round }),
    id: from.id(),
    completeUpToMs: from.samples.observe(round, projected),
    lagRecords: lagRecords(round, projected),
  };
}
