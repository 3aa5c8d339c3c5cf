import type { EpochDay } from '../time/days.ts';
import type { ProgrammeDocument } from './document.ts';

/**
 * What ProgrammePublished and BusinessDayClosed records have told one partition of `transactions`:
 * the programmes and versions, and up to which business day each programme is closed. Accrual keeps it among its states under the empty name; others read it there.
 */
export interface PublishedProgrammes {
  readonly documents: readonly ProgrammeDocument[];
  /** By programme: every business day up to and including it is closed. Absent: none is. */
  readonly closedDays?: Readonly<Record<string, EpochDay>>;
}

export const publishedProgrammesName = '';

/**
 * The format that is written; states without a number have it. A layout that this version could not read
 * takes the next one, as the field `format`.
 */
const format = 1;

export const encodePublishedProgrammes = (state: PublishedProgrammes): Buffer =>
  Buffer.from(JSON.stringify(state));

/**
 * Reads what `encodePublishedProgrammes` wrote; null, nothing stored, means no programme. Throws on another
 * format.
 */
export function decodePublishedProgrammes(bytes: Uint8Array | null): PublishedProgrammes {
  if (bytes === null) return { documents: [] };
  const state = JSON.parse(Buffer.from(bytes).toString()) as PublishedProgrammes & {
    readonly format?: number;
  };
  if ((state.format ?? format) !== format)
    throw new RangeError(`it has format ${String(state.format)}, and this version reads ${format}`);
  return state;
}
