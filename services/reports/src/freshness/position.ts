import { decodeBookmark } from '@semarak/infra/projection';
import { createHash } from 'node:crypto';
import type { Committed, Offsets, Round } from './round.ts';

/** How far the database that everybody reads has come: a bookmark of another one counts as nothing. */
export function projectedInto(databaseId: string, committed: Committed): Offsets {
  const own = [...committed].filter(
    ([, { metadata }]) => decodeBookmark(metadata)?.database === databaseId,
  );
  return new Map(own.map(([place, { offset }]) => [place, offset]));
}

/**
 * Names the rows that the database has, or undefined when that cannot be told: while an insert is open, or
 * while a partition has been filled by somebody whose bookmark the group does not have. The same name means
 * the same rows.
 */
export function positionOf(database: {
  readonly databaseId: string;
  /** Changes when any view does. */
  readonly views: string;
  readonly round: Pick<Round, 'projector' | 'sourceEnds' | 'derivedEnds' | 'rewardEnds'>;
}): string | undefined {
  const { databaseId, views, round } = database;
  const digest = createHash('sha256').update(`${databaseId} ${views}`);
  const ends = [...round.sourceEnds, ...round.derivedEnds, ...round.rewardEnds];
  const places = ends.filter(([place]) => !place.startsWith('entitlements/'));
  for (const [place, end] of places.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const committed = round.projector.get(place);
    // Nothing was ever written to the partition, so nothing of it is in the database.
    if (end === 0 && (committed === undefined || committed.metadata === '')) continue;
    const bookmark = decodeBookmark(committed?.metadata ?? '');
    const isOpen = bookmark?.open !== undefined;
    if (committed === undefined || bookmark?.database !== databaseId || isOpen) return undefined;
    digest.update(`\n${place} ${committed.offset}`);
  }
  return digest.digest('base64url').slice(0, 22);
}
