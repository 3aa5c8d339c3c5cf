import { groupName, plainText } from '../text/plain-text.ts';
import { programmeDocument, type ProgrammeDocument } from './document.ts';

type Path = readonly (string | number)[];
type Text = (path: Path, text: string) => string;
type Season = { readonly from: string; readonly until: string } | undefined;

const name = plainText({ max: 120 });
const group = groupName({ max: 120 });

/**
 * A document that may be published today: a programme document whose seasons end after they begin, and whose
 * texts can be seen; they are taken in one spelling. One that was published before this was asked for is
 * still read from the log as it is.
 */
export const publishableDocument = programmeDocument.transform(
  (document, context): ProgrammeDocument => {
    const problem = (path: Path, message: string) =>
      context.addIssue({ code: 'custom', path: [...path], message });
    for (const [path, season] of seasonsOf(document))
      if (season !== undefined && season.until <= season.from)
        problem(
          [...path, 'until'],
          `must lie after from, ${season.from}, and is ${season.until}: no sale would be in it`,
        );
    const checked =
      (shape: typeof name): Text =>
      (path, text) => {
        const parsed = shape.safeParse(text);
        for (const { message } of parsed.error?.issues ?? []) problem(path, message);
        return parsed.data ?? text;
      };
    return withTexts(document, { nameOf: checked(name), groupOf: checked(group) });
  },
);

/** The document with each text in one spelling, as far as it is one that can be published. */
export const inOneSpelling = (document: ProgrammeDocument): ProgrammeDocument =>
  withTexts(document, {
    nameOf: (_, text) => name.safeParse(text).data ?? text,
    groupOf: (_, text) => group.safeParse(text).data ?? text,
  });

function seasonsOf({ points, tickets }: ProgrammeDocument): [Path, Season][] {
  return [
    [['points', 'season'], points?.season],
    ...(points?.multipliers ?? []).map(({ season }, index): [Path, Season] => [
      ['points', 'multipliers', index, 'season'],
      season,
    ]),
    ...tickets.map(({ season }, index): [Path, Season] => [['tickets', index, 'season'], season]),
  ];
}

/** Every text that a person wrote, by what it names: reports count by categories and zones. */
function withTexts(
  document: ProgrammeDocument,
  { nameOf, groupOf }: { readonly nameOf: Text; readonly groupOf: Text },
): ProgrammeDocument {
  const { points, zones } = document;
  const groups = (path: Path, texts: readonly string[]) =>
    texts.map((text, index) => groupOf([...path, index], text));
  return {
    ...document,
    name: nameOf(['name'], document.name),
    ...(points !== undefined && {
      points: {
        ...points,
        multipliers: points.multipliers.map((multiplier, index) => ({
          ...multiplier,
          ...(multiplier.categories !== undefined && {
            categories: groups(
              ['points', 'multipliers', index, 'categories'],
              multiplier.categories,
            ),
          }),
        })),
      },
    }),
    tiers: document.tiers.map((tier, index) => ({
      ...tier,
      benefits: tier.benefits.map((text, at) => nameOf(['tiers', index, 'benefits', at], text)),
    })),
    tickets: document.tickets.map((rule, index) => ({
      ...rule,
      name: nameOf(['tickets', index, 'name'], rule.name),
    })),
    gifts: document.gifts.map((rule, index) => ({
      ...rule,
      name: nameOf(['gifts', index, 'name'], rule.name),
    })),
    ...(zones !== undefined && { zones: groups(['zones'], zones) }),
    tenants: document.tenants.map((tenant, index) => ({
      ...tenant,
      name: nameOf(['tenants', index, 'name'], tenant.name),
      category: groupOf(['tenants', index, 'category'], tenant.category),
      floor: nameOf(['tenants', index, 'floor'], tenant.floor),
    })),
  };
}
