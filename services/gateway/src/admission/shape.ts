import type { z } from 'zod';
import type { FieldProblem } from '@semarak/infra/http-server';

/** Of a name that was sent, so many characters are repeated. */
const nameLettersMax = 64;

/**
 * The problems that a schema found, one a field and in the schema's order; behind them unknown fields, named one by one
 * up to `problemsMax` and one more, from which `bounded` tells that there are more. `input` tells a missing field from
 * a wrong one.
 */
export function shapeProblems(
  error: z.ZodError,
  { input, problemsMax }: { input: unknown; problemsMax: number },
): FieldProblem[] {
  const byField = new Map<string, string>();
  const add = (path: readonly PropertyKey[], message: string): void => {
    const field = path.length === 0 ? 'body' : path.map(nameOf).join('.');
    if (!byField.has(field)) byField.set(field, message);
  };
  for (const issue of error.issues) {
    if (issue.code === 'unrecognized_keys') continue;
    if (issue.path.length > 0 && valueAt(input, issue.path) === undefined)
      add(issue.path, 'is required');
    else add(issue.path, issue.message);
  }
  for (const issue of error.issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    for (const key of issue.keys) {
      if (byField.size > problemsMax) break;
      add([...issue.path, key], 'is not a field here');
    }
  }
  return [...byField].map(([field, message]) => ({ field, message }));
}

/** At most so many problems, and that there are more. */
export function boundedProblems(
  problems: readonly FieldProblem[],
  problemsMax: number,
): readonly FieldProblem[] {
  if (problems.length <= problemsMax) return problems;
  const more = `has more problems than the ${problemsMax} (ITEM_PROBLEMS_MAX) that are told`;
  return [...problems.slice(0, problemsMax), { field: 'body', message: more }];
}

const nameOf = (key: PropertyKey): string => {
  const name = String(key);
  return name.length <= nameLettersMax ? name : `${name.slice(0, nameLettersMax)}…`;
};

/** The fields of `input` that no problem names, so that they can be looked at further. */
export function soundFields(
  input: unknown,
  problems: readonly FieldProblem[],
): Readonly<Record<string, unknown>> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return {};
  const bad = new Set(problems.map(({ field }) => field.split('.')[0]));
  return Object.fromEntries(Object.entries(input).filter(([field]) => !bad.has(field)));
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return value;
}
