import { decodeState, encodeStateAnew, type MemberState } from '@semarak/programme';
import {
  decodePublishedProgrammes,
  decodeRewardState,
  publishedProgrammesName,
  type ProgrammeDocument,
} from '@semarak/schemas';
import { unlike } from '../comparison/unlike.ts';
import type { AccrualRecount } from './accrual-recount.ts';
import { inOrder } from './reward-states.ts';
import type { RewardsRecount } from './rewards-recount.ts';

/** What a worker’s partition should have in Redis, as the recount has it. */
export interface ExpectedStates {
  names(): Iterable<string>;
  /** Undefined: the bytes, null for none, mean what they should. Throws nothing. */
  unlike(name: string, bytes: Buffer | null): string | undefined;
}

/** Of accrual: histories, and what the partition knows of programmes. */
export const accrualStates = (recount: AccrualRecount): ExpectedStates => ({
  *names() {
    if (recount.published.documents.length + Object.keys(recount.published.closedDays).length > 0)
      yield publishedProgrammesName;
    yield* recount.histories.keys();
  },
  unlike(name, bytes) {
    if (name === publishedProgrammesName)
      return readable(bytes, (found) => {
        const { documents, closedDays = {} } = decodePublishedProgrammes(found);
        const is = { documents: byVersion(documents), closedDays };
        const { published } = recount;
        return unlike(is, { ...published, documents: byVersion(published.documents) });
      });
    const should = recount.histories.get(name);
    if (should === undefined)
      return bytes === null ? undefined : 'the state is there, none should be';
    if (bytes !== null && bytes.equals(should)) return undefined;
    return readable(bytes, (found) => {
      const is = decodeState(found);
      const wanted = decodeState(should);
      if (Buffer.compare(encodeStateAnew(is), encodeStateAnew(wanted)) === 0) return undefined;
      return unlike(plain(is), plain(wanted));
    });
  },
});

/** Of rewards: stocks, counters, numbers and gifts of members, holders of gifts. */
export const rewardsStates = (recount: RewardsRecount): ExpectedStates => ({
  names: () => recount.names(),
  unlike(name, bytes) {
    const should = recount.state(name);
    if (should === undefined)
      return bytes === null ? undefined : 'the state is there, none should be';
    return readable(bytes, (found) => unlike(inOrder(decodeRewardState(found)), should));
  },
});

function readable(
  bytes: Buffer | null,
  compare: (bytes: Buffer) => string | undefined,
): string | undefined {
  if (bytes === null) return 'the state is missing';
  try {
    return compare(bytes);
  } catch (error) {
    return `the state cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** All that a state means, to find in words where two differ. */
function plain(state: MemberState): object {
  const { enrolledAt, clock, versionsKnown, base, end, visited, foldedTo, traces } = state;
  return {
    // First what people ask about.
    end,
    enrolledAt,
    sales: Object.fromEntries(state.sales.map((sale) => [sale.id, { ...sale, byteLength: 0 }])),
    corrections: Object.fromEntries(state.corrections),
    base,
    visited,
    foldedTo,
    clock,
    versionsKnown,
    traces,
  };
}

const byVersion = (documents: readonly ProgrammeDocument[]): ProgrammeDocument[] =>
  [...documents].sort(
    (a, b) =>
      (a.programme < b.programme ? -1 : a.programme > b.programme ? 1 : 0) || a.version - b.version,
  );
