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

export const encodePublishedProgrammes = (state: PublishedProgrammes): Buffer =>
  Buffer.from(JSON.stringify(state));

/** Reads what `encodePublishedProgrammes` wrote; null, nothing stored, means no programme. */
export const decodePublishedProgrammes = (bytes: Uint8Array | null): PublishedProgrammes =>
  bytes === null
    ? { documents: [] }
    : (JSON.parse(Buffer.from(bytes).toString()) as PublishedProgrammes);
