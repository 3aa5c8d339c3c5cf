import {
  decodePublishedProgrammes,
  publishedProgrammesName,
  type EpochDay,
  type ProgrammeDocument,
  type PublishedProgrammes,
} from '@semarak/schemas';
import { partitionKey, readStates, type StateRedis } from '../state-store/index.ts';

/** What accrual has read in one partition of `transactions`. */
export interface PartitionKnowledge extends PublishedProgrammes {
  readonly partition: number;
  /** Offset of the next record that is not folded yet. */
  readonly position: number;
}

/** Reads what each partition knows, in their order, from accrual's states. Throws StoreUnavailable. */
export async function readKnowledge(
  redis: StateRedis,
  partitions: number,
): Promise<PartitionKnowledge[]> {
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  return await Promise.all(
    all.map(async (partition) => {
      const key = partitionKey({ worker: 'accrual', partition });
      const names = [publishedProgrammesName];
      const { position, states } = await readStates(redis, { key, names });
      return { ...decodePublishedProgrammes(states[0] ?? null), partition, position };
    }),
  );
}

/** The newest business day that any partition has closed, of any programme; undefined: none is. */
export function newestClosedDay(knowledge: readonly PublishedProgrammes[]): EpochDay | undefined {
  const days = knowledge.flatMap(({ closedDays }) => Object.values(closedDays ?? {}));
  return days.length === 0 ? undefined : Math.max(...days);
}

/**
 * The partitions of which accrual does not say that they have the version. It may be there all the
 * same, unread or forgotten; publishing is idempotent, so once more does no harm.
 */
export const partitionsWithout = (
  { programme, version }: ProgrammeDocument,
  knowledge: readonly PartitionKnowledge[],
): number[] =>
  knowledge
    .filter(
      ({ documents }) =>
        !documents.some((known) => known.programme === programme && known.version === version),
    )
    .map(({ partition }) => partition);
