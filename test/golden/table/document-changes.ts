import { programmeDocument, type ProgrammeDocument } from '@semarak/schemas';

/** A document in which one thing is a little different. */
export interface Change {
  /** Where, from what, to what: `parking.from: "18:00" -> "18:01"`. */
  readonly told: string;
  readonly document: ProgrammeDocument;
}

type Path = readonly (string | number)[];

/** What decides nothing about what a member holds here: names, and what rewards counts. */
const decidesNothing: readonly RegExp[] = [
  /^(programme|version|name|currency)$/,
  /^tenants(\.|$)/,
  /\.(name|benefits|stock|campaign)(\.|$)/,
  // The first tier is every active member’s, for ever.
  /^tiers\.0\.(monthSpend|keep)$/,
  // Changed with what they stand in.
  /^(join\.rule|tiers\.\d+\.tier|.*\.(tiers|categories)\.\d+)$/,
];

/**
 * The document with each of its limits, times, lists and choices changed by the least that can be: one
 * rupiah, one day, one point, one minute, one entry. Throws on a field that it cannot change, so that a
 * new one is thought of.
 */
export function documentChanges(document: ProgrammeDocument): Change[] {
  const changes: Change[] = [];
  const walk = (value: unknown, path: Path): void => {
    const name = path.join('.');
    if (decidesNothing.some((pattern) => pattern.test(name))) return;
    const others = othersOf(value, { path, document });
    const possible = others.flatMap((other): Change[] => {
      const parsed = programmeDocument.safeParse(withAt(document, path, other));
      const told = `${name}: ${JSON.stringify(value)} -> ${JSON.stringify(other)}`;
      return parsed.success ? [{ told, document: parsed.data }] : [];
    });
    changes.push(...possible);
    if (typeof value !== 'object' || value === null) {
      if (possible.length === 0) throw new Error(`nobody knows how to change ${name}`);
      return;
    }
    for (const [key, inner] of Object.entries(value))
      walk(inner, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  walk(document, []);
  return changes;
}

/** Other values that could stand there; of an object none, since its fields have their own. */
function othersOf(
  value: unknown,
  { path, document }: { readonly path: Path; readonly document: ProgrammeDocument },
): unknown[] {
  const field = path.at(-1);
  if (typeof value === 'number') return [value - 1, value + 1];
  if (typeof value === 'string') return otherTexts(value, { path, document });
  if (field === 'join') return [otherJoin(document.join)];
  if (!Array.isArray(value)) return [];
  const entries: readonly unknown[] = value;
  const fewer = entries.map((_, index) => entries.filter((__, other) => other !== index));
  const all =
    field === 'tiers' && path.length > 1
      ? document.tiers.map(({ tier }) => tier)
      : field === 'categories'
        ? [...new Set(document.tenants.map(({ category }) => category))]
        : [];
  const more = all.filter((each) => !entries.includes(each)).map((each) => [...entries, each]);
  return [...fewer, ...more];
}

const otherJoin = (join: ProgrammeDocument['join']): ProgrammeDocument['join'] =>
  join.rule === 'enrolment' ? { rule: 'first_sale', minimumAmount: 1 } : { rule: 'enrolment' };

function otherTexts(
  value: string,
  { path, document }: { readonly path: Path; readonly document: ProgrammeDocument },
): unknown[] {
  const field = path.at(-1);
  if (/^\d\d:\d\d$/.test(value)) {
    const minute = Number(value.slice(0, 2)) * 60 + Number(value.slice(3));
    return [minute - 1, minute + 1].map(
      (other) => `${twoDigits(Math.floor(other / 60))}:${twoDigits(other % 60)}`,
    );
  }
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(value)) {
    const instant = Date.parse(`${value}Z`);
    return [-60_000, 60_000].map((by) => new Date(instant + by).toISOString().slice(0, 16));
  }
  switch (field) {
    case 'timeZone':
      return ['Asia/Makassar', 'Asia/Yangon'];
    case 'keep':
      return [{ months: 1 }];
    case 'numbers':
      return [{ perFullAmount: document.tickets[Number(path[1])]?.minimumAmount }];
    case 'month':
      return ['2099-12'];
    case 'gift':
    case 'edition':
      return [`other-${value}`.slice(0, 32)];
    default:
      return [];
  }
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

function withAt(whole: unknown, path: Path, value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (Array.isArray(whole))
    return whole.map((entry: unknown, index) =>
      index === first ? withAt(entry, rest, value) : entry,
    );
  const fields = whole as Record<string, unknown>;
  return { ...fields, [first]: withAt(fields[first], rest, value) };
}
