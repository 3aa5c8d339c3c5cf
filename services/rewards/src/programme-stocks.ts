import assert from 'node:assert/strict';
import {
  programmeDocument,
  type ProgrammeStocks,
  type Records,
  type VersionStocks,
} from '@semarak/schemas';

export const noStocks: ProgrammeStocks = { type: 'programme_stocks', versions: [] };

/**
 * Takes in the stocks of an announced version. Every source partition announces a version once; the
 * first of them counts, since each announces before it sends anything under the version. Undefined:
 * the version is known. Throws on a document that breaks its schema, which accrual never forwards.
 */
export function takeAnnouncement(
  before: ProgrammeStocks,
  { programme, version, document }: Records['ProgrammeAnnounced'],
): ProgrammeStocks | undefined {
  if (before.versions.some((known) => known.programme === programme && known.version === version))
    return undefined;
  const { gifts } = programmeDocument.parse(JSON.parse(document));
  const stocks = gifts.flatMap(({ campaign, editions }) =>
    editions.map(({ month, edition, stock }) => ({ campaign, month, edition, stock })),
  );
  return { ...before, versions: [...before.versions, { programme, version, stocks }] };
}

/** The stock that a version configures for an edition of a month. Throws when the version is unknown. */
export function configuredStock(
  { versions }: ProgrammeStocks,
  of: { programme: string; version: number; campaign: string; month: string; edition: string },
): number {
  const known = versions.find(
    ({ programme, version }: VersionStocks) => programme === of.programme && version === of.version,
  );
  assert(known, `${of.programme} version ${of.version} was used before it was announced`);
  const row = known.stocks.find(
    ({ campaign, month, edition }) =>
      campaign === of.campaign && month === of.month && edition === of.edition,
  );
  assert(
    row,
    `${of.programme} version ${of.version} has no ${of.campaign} ${of.edition} in ${of.month}`,
  );
  return row.stock;
}
