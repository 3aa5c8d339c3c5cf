import { programmeDocument, type ProgrammeDocument } from '@semarak/schemas';
import { differences } from './difference.ts';

/** `YYYY-MM-DDTHH:MM` on the wall clock of a time zone; such texts sort by time. */
export function mallDateTime(instantMs: number, timeZone: string): string {
  const parts: Record<string, string> = {};
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  for (const { type, value } of format.formatToParts(instantMs)) parts[type] = value;
  const { year = '', month = '', day = '', hour = '', minute = '' } = parts;
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

export type Verdict =
  /** Some partitions may know it already: it is to be written to the others. */
  | { readonly type: 'publish' }
  /** Each reason is a sentence that names the field. */
  | { readonly type: 'refused'; readonly problems: readonly string[] };

/**
 * Whether a version may be published beside those that are known, of this and other programmes, in any
 * partition. A version that is known with the same content may always be published again.
 */
export function verdictOn(
  document: ProgrammeDocument,
  { known, nowMs }: { known: readonly ProgrammeDocument[]; nowMs: number },
): Verdict {
  const { programme, version, effectiveFrom, timeZone } = document;
  const versions = known
    .filter((other) => other.programme === programme)
    .sort((a, b) => a.version - b.version);
  const same = versions.filter((other) => other.version === version);
  if (same.length > 0) {
    const changed = same.flatMap((other) => differences(completed(other), document));
    return changed.length === 0
      ? { type: 'publish' }
      : refused([
          `version: ${programme} has a version ${version} with another content, and a version never changes. Give the next number. What differs:`,
          ...new Set(changed.map((line) => `  ${line}`)),
        ]);
  }
  const newest = versions.at(-1);
  const problems = [...ofTimeZone(document), ...ofCampaigns(document, versions)];
  const next = (newest?.version ?? 0) + 1;
  if (version !== next)
    problems.push(`version: must be ${next}, the next of ${programme}, and is ${version}`);
  if (newest !== undefined) {
    const now = mallDateTime(nowMs, timeZone);
    if (effectiveFrom <= now)
      problems.push(
        `effectiveFrom: must lie after publication, which is now, ${now} in the mall, and is ${effectiveFrom}`,
      );
    if (effectiveFrom <= newest.effectiveFrom)
      problems.push(
        `effectiveFrom: must lie after that of version ${newest.version}, ${newest.effectiveFrom}, and is ${effectiveFrom}`,
      );
  }
  return problems.length === 0 ? { type: 'publish' } : refused(problems);
}

const refused = (problems: readonly string[]): Verdict => ({ type: 'refused', problems });

/**
 * Here a time zone may be written in any case, ClickHouse knows it in one: reports would fail. Not a
 * matter of the schema, which must still read what was published before.
 */
function ofTimeZone({ timeZone }: ProgrammeDocument): string[] {
  const known = new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  const onlySpeltOtherwise = known !== timeZone && known.toLowerCase() === timeZone.toLowerCase();
  return onlySpeltOtherwise ? [`timeZone: is spelt ${known}`] : [];
}

/**
 * A campaign has one sequence for all versions: what has numbered tickets has no stock to take from,
 * and rewards would stop at the first right of the other kind, for good.
 */
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

/** As it would be read today: fields with a default that were not there yet have it. */
function completed(document: ProgrammeDocument): ProgrammeDocument {
  return programmeDocument.safeParse(document).data ?? document;
}
