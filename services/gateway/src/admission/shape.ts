import type { z } from 'zod';
import type { FieldProblem } from '@semarak/infra/http-server';

/**
 * The problems that a schema found, one a field and in the schema's order; unknown fields are named
 * one by one. `input` tells a missing field from a wrong one.
 */
export function shapeProblems(error: z.ZodError, input: unknown): FieldProblem[] {
  const byField = new Map<string, string>();
  const add = (path: readonly PropertyKey[], message: string): void => {
    const field = path.length === 0 ? 'body' : path.map(String).join('.');
    if (!byField.has(field)) byField.set(field, message);
  };
  for (const issue of error.issues) {
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) add([...issue.path, key], 'is not a field here');
    else if (issue.path.length > 0 && valueAt(input, issue.path) === undefined)
      add(issue.path, 'is required');
    else add(issue.path, issue.message);
  }
  return [...byField].map(([field, message]) => ({ field, message }));
}

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
