import { cannotFollow, completed, newestVersion, type ProgrammeDocument } from '@semarak/schemas';
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
  const versions = known.filter((other) => other.programme === programme);
  const same = versions.filter((other) => other.version === version);
  if (same.length > 0) {
    const changed = changedFrom(same, document);
    return changed.length === 0 ? { type: 'publish' } : refused(changed);
  }
  const problems = ofTimeZone(document);
  const next = newestVersion(versions) + 1;
  if (version !== next)
    problems.push(`version: must be ${next}, the next of ${programme}, and is ${version}`);
  const now = mallDateTime(nowMs, timeZone);
  if (versions.length > 0 && effectiveFrom <= now)
    problems.push(
      `effectiveFrom: must lie after publication, which is now, ${now} in the mall, and is ${effectiveFrom}`,
    );
  problems.push(...cannotFollow(document, versions));
  return problems.length === 0 ? { type: 'publish' } : refused(problems);
}

/** What differs from the same version as it is known, said as a refusal; empty: nothing does. */
export function changedFrom(
  known: readonly ProgrammeDocument[],
  document: ProgrammeDocument,
): string[] {
  const changed = new Set(
    known.flatMap((other) => differences(completed(other), completed(document))),
  );
  if (changed.size === 0) return [];
  const { programme, version } = document;
  return [
    `version: ${programme} has a version ${version} with another content, and a version never changes. Give the next number. What differs:`,
    ...[...changed].map((line) => `  ${line}`),
  ];
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
