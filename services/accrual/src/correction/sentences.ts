import type { Corrections } from './correct-entitlements.ts';
import { nameOf } from './rights.ts';

const namedMax = 20;

/** What was found of entitlements, a line each; the first sums it up. */
export function sentencesOf({ missing, takenBack, given, restarts }: Corrections): string[] {
  if (restarts === 0)
    return [
      `entitlements agree with transactions; ${missing} records at the end are missing there`,
    ];
  if (takenBack.length + given.length === 0)
    return [`entitlements have the rights that transactions give; ${restarts} sources begin anew`];
  return [
    `entitlements differ from transactions: ${takenBack.length} rights have no sale that gives them, ` +
      `${given.length} rights were not given`,
    ...named('taken back: ', takenBack.map(nameOf)),
    ...named('given: ', given.map(nameOf)),
  ];
}

function named(what: string, names: readonly string[]): string[] {
  const rest = names.length - namedMax;
  return [
    ...names.slice(0, namedMax).map((name) => `  ${what}${name}`),
    ...(rest > 0 ? [`  … and ${rest} more`] : []),
  ];
}
