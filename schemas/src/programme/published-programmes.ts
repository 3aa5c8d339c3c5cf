import type { ProgrammeDocument } from './document.ts';

/**
 * The programmes and versions that ProgrammePublished records have told one partition of
 * `transactions`. Accrual keeps it among its states under the empty name; others read it there.
 */
export interface PublishedProgrammes {
  readonly documents: readonly ProgrammeDocument[];
}

export const publishedProgrammesName = '';

export const encodePublishedProgrammes = (state: PublishedProgrammes): Buffer =>
  Buffer.from(JSON.stringify(state));

/** Reads what `encodePublishedProgrammes` wrote; null, nothing stored, means no programme. */
export const decodePublishedProgrammes = (bytes: Uint8Array | null): PublishedProgrammes =>
  bytes === null
    ? { documents: [] }
    : (JSON.parse(Buffer.from(bytes).toString()) as PublishedProgrammes);
