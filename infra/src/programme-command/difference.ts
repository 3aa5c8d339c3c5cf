import type { ProgrammeDocument } from '@semarak/schemas';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What tells the entries of a list apart, the first that they have: they are compared by it. */
const identities = ['tenantId', 'campaign', 'tier', 'month'] as const;

/**
 * What changes from one document to another, a line for each field, in the document's order:
 * `points.perFullAmount: 250000 → 300000`. Entries of a list are named by what tells them apart.
 */
export function differences(from: ProgrammeDocument, to: ProgrammeDocument): string[] {
  return changes('', from as Json, to as Json);
}

function changes(path: string, from: Json | undefined, to: Json | undefined): string[] {
  if (from === to) return [];
  if (from === undefined) return [`${path}: new: ${shown(to)}`];
  if (to === undefined) return [`${path}: removed, was ${shown(from)}`];
  const before = fieldsOf(from);
  const after = fieldsOf(to);
  if (before === undefined || after === undefined || isList(from) !== isList(to))
    return shown(from) === shown(to) ? [] : [`${path}: ${shown(from)} → ${shown(to)}`];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((name) => {
    const within = isList(from) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    return changes(within, before.get(name), after.get(name));
  });
}

/** The parts that are compared one by one; undefined for what is compared as a whole. */
function fieldsOf(value: Json): Map<string, Json> | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (!isList(value)) return new Map(Object.entries(value));
  if (!value.every((entry) => entry !== null && typeof entry === 'object')) return undefined;
  const named = value.map((entry, index) => [identityOf(entry) ?? String(index), entry] as const);
  return new Map(named);
}

function identityOf(entry: Json): string | undefined {
  if (entry === null || typeof entry !== 'object' || isList(entry)) return undefined;
  for (const name of identities) {
    const value = entry[name];
    if (typeof value === 'string') return value;
  }
  return undefined;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const shown = (value: Json | undefined): string =>
  value === undefined ? 'nothing' : JSON.stringify(value);
