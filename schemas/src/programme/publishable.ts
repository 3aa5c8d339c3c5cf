import { programmeDocument } from './document.ts';

type Season = { readonly from: string; readonly until: string } | undefined;

/**
 * A document that may be published today: a programme document whose seasons end after they begin. One that
 * was published before this was asked for is still read from the log; such a season applies to no sale.
 */
export const publishableDocument = programmeDocument.superRefine((document, context) => {
  const seasons: [path: (string | number)[], season: Season][] = [
    [['points', 'season'], document.points?.season],
    ...(document.points?.multipliers ?? []).map(
      ({ season }, index): [(string | number)[], Season] => [
        ['points', 'multipliers', index, 'season'],
        season,
      ],
    ),
    ...document.tickets.map(({ season }, index): [(string | number)[], Season] => [
      ['tickets', index, 'season'],
      season,
    ]),
  ];
  for (const [path, season] of seasons)
    if (season !== undefined && season.until <= season.from)
      context.addIssue({
        code: 'custom',
        path: [...path, 'until'],
        message: `must lie after from, ${season.from}, and is ${season.until}: no sale would be in it`,
      });
});
