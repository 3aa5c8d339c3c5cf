import { z } from 'zod';
import { localTime, memberTier, tierNames } from './fields.ts';

/** Two fields of a document that cannot both be right. */
export interface Contradiction {
  /** Of the field to look at. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Undefined where a field is missing or wrong by itself: then there is nothing to compare. */
const sound = <Field extends z.ZodType>(field: Field) => field.optional().catch(undefined);
const text = sound(z.string());
const listOf = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.array(sound(z.object(shape))).catch([]);

/** The fields that are compared, of anything at all. */
const compared = sound(
  z.object({
    tiers: listOf({ tier: sound(memberTier), monthSpend: sound(z.int()) }),
    tenants: listOf({ tenantId: text }),
    tickets: listOf({ campaign: text }),
    gifts: listOf({ campaign: text, editions: listOf({ month: text }) }),
    parking: sound(z.object({ from: localTime, until: localTime })),
  }),
);
type Compared = NonNullable<z.infer<typeof compared>>;

/**
 * What contradicts itself in what should be a programme document. Fields that are wrong by themselves
 * are passed over; never throws.
 */
export function contradictionsOf(document: unknown): Contradiction[] {
  const fields = compared.parse(document);
  if (fields === undefined) return [];
  return [...amongTiers(fields.tiers), ...repeated(fields), ...inParking(fields.parking)];
}

function amongTiers(tiers: Compared['tiers']): Contradiction[] {
  return tiers.flatMap((entry, index): Contradiction[] => {
    const { tier, monthSpend } = entry ?? {};
    if (index === 0)
      return monthSpend === undefined || monthSpend === 0
        ? []
        : [{ path: ['tiers', 0, 'monthSpend'], message: 'the first tier starts at 0' }];
    const before = tiers[index - 1];
    const found: Contradiction[] = [];
    if (tier !== undefined && before?.tier !== undefined)
      if (tierNames.indexOf(tier) <= tierNames.indexOf(before.tier))
        found.push({ path: ['tiers', index, 'tier'], message: `must be above ${before.tier}` });
    if (monthSpend !== undefined && before?.monthSpend !== undefined)
      if (monthSpend <= before.monthSpend)
        found.push({
          path: ['tiers', index, 'monthSpend'],
          message: `must be above ${String(before.monthSpend)}`,
        });
    return found;
  });
}

function repeated({ tenants, tickets, gifts }: Compared): Contradiction[] {
  const campaigns = [...tickets, ...gifts].map((rule) => rule?.campaign);
  return [
    ...again(tenants.map((tenant) => tenant?.tenantId)).map((at) => ['tenants', at, 'tenantId']),
    ...again(campaigns).map((at) =>
      at < tickets.length
        ? ['tickets', at, 'campaign']
        : ['gifts', at - tickets.length, 'campaign'],
    ),
    ...gifts.flatMap((rule, gift) =>
      again((rule?.editions ?? []).map((edition) => edition?.month)).map((at) => [
        'gifts',
        gift,
        'editions',
        at,
        'month',
      ]),
    ),
  ].map((path) => ({ path, message: 'is there twice' }));
}

/** Indexes of values that already stand earlier in the list. */
function again(values: readonly (string | undefined)[]): number[] {
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    if (value === undefined) return [];
    if (seen.has(value)) return [index];
    seen.add(value);
    return [];
  });
}

const inParking = (parking: Compared['parking']): Contradiction[] =>
  parking !== undefined && parking.from >= parking.until
    ? [{ path: ['parking', 'until'], message: 'must be after from' }]
    : [];
