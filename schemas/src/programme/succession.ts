import { programmeDocument, type ProgrammeDocument } from './document.ts';
import { inOneSpelling } from './publishable.ts';

/** What one ProgrammePublished record says. */
export interface Publication {
  readonly document: ProgrammeDocument;
  /** The newest version when it was published, 0: none; null: a record from before this was said. */
  readonly supersedes: number | null;
}

export type PublicationVerdict =
  /** The version is new here and from now on known. */
  | { readonly type: 'taken' }
  /** The version is known with the same content: nothing changes. */
  | { readonly type: 'known' }
  /** It is not the next version, or what it says can never be right beside those that are known. */
  | { readonly type: 'refused'; readonly reason: string };

/**
 * What becomes of a publication at its place in the log, by the versions known there, of any programmes.
 * Every reader of the log decides by this alone, so that all decide the same. A record that does not say
 * what it supersedes is from before publications were compared, and is taken as it was then.
 */
export function publicationVerdict(
  { document, supersedes }: Publication,
  documents: readonly ProgrammeDocument[],
): PublicationVerdict {
  const { programme, version } = document;
  const versions = documents.filter((other) => other.programme === programme);
  const same = versions.find((other) => other.version === version);
  if (same !== undefined)
    return supersedes === null || hasSameContent(same, document)
      ? { type: 'known' }
      : refused(`${programme} has a version ${version} with another content`);
  if (supersedes === null) return { type: 'taken' };
  const newest = newestVersion(versions);
  if (supersedes !== newest)
    return refused(`supersedes version ${supersedes} of ${programme}, and the newest is ${newest}`);
  if (version !== newest + 1)
    return refused(`version: must be ${newest + 1}, the next of ${programme}, and is ${version}`);
  const [reason] = cannotFollow(document, versions);
  return reason === undefined ? { type: 'taken' } : refused(reason);
}

const refused = (reason: string): PublicationVerdict => ({ type: 'refused', reason });

/** The highest version number; 0 when there is none. */
export const newestVersion = (versions: readonly ProgrammeDocument[]): number =>
  Math.max(0, ...versions.map(({ version }) => version));

/** Whether two documents say the same, however it is spelt. */
export const hasSameContent = (one: ProgrammeDocument, other: ProgrammeDocument): boolean =>
  JSON.stringify(completed(one)) === JSON.stringify(completed(other));

/**
 * A document as it would be published today: fields with a default that were not there yet have it, and
 * texts are in one spelling.
 */
export const completed = (document: ProgrammeDocument): ProgrammeDocument =>
  inOneSpelling(programmeDocument.safeParse(document).data ?? document);

/**
 * What a version says that can never be right after the other versions of its programme, a sentence for
 * each field. `currency`: amounts of all versions are added up, in a month's spend and in reports.
 * `timeZone`: days and months end by one clock, and reports cut them by one. A campaign: it has one
 * sequence for all versions, and what has numbered tickets has no stock. `effectiveFrom`: the version in
 * force is the newest that has begun.
 */
export function cannotFollow(
  document: ProgrammeDocument,
  versions: readonly ProgrammeDocument[],
): string[] {
  const before = versions.toSorted((a, b) => b.version - a.version)[0];
  if (before === undefined) return [];
  const problems: string[] = [];
  const must = (field: string, be: string, because: string) =>
    problems.push(`${field}: must be ${be}, as in version ${before.version}: ${because}`);
  if (document.currency !== before.currency)
    must('currency', before.currency, 'amounts of all versions are added up');
  if (document.timeZone.toLowerCase() !== before.timeZone.toLowerCase())
    must('timeZone', before.timeZone, 'days and months of all versions end by one clock');
  if (document.effectiveFrom <= before.effectiveFrom)
    problems.push(
      `effectiveFrom: must lie after that of version ${before.version}, ${before.effectiveFrom}, and is ${document.effectiveFrom}`,
    );
  return [...problems, ...ofCampaigns(document, versions)];
}

function ofCampaigns(
  { tickets, gifts }: ProgrammeDocument,
  versions: readonly ProgrammeDocument[],
): string[] {
  const versionWith = (rules: 'tickets' | 'gifts', campaign: string): number | undefined =>
    versions.find((known) => known[rules].some((rule) => rule.campaign === campaign))?.version;
  const another = 'give the new one another name';
  return [
    ...tickets.flatMap(({ campaign }) => {
      const version = versionWith('gifts', campaign);
      if (version === undefined) return [];
      return [`tickets: ${campaign} is a gift’s in version ${version}: ${another}`];
    }),
    ...gifts.flatMap(({ campaign }) => {
      const version = versionWith('tickets', campaign);
      if (version === undefined) return [];
      return [`gifts: ${campaign} is a draw in version ${version}: ${another}`];
    }),
  ];
}
