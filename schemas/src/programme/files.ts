import { readdirSync, readFileSync } from 'node:fs';
import type { ProgrammeDocument } from './document.ts';
import { publishableDocument } from './publishable.ts';

const directory = new URL('../../programmes/', import.meta.url);

/** The programme documents that ship with the product, in the order of their file names. */
export const programmeFiles = (): URL[] =>
  readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => new URL(file, directory));

/**
 * Reads and checks one programme document.
 * Throws with every bad field named, the limit, and the file.
 */
export function readProgramme(file: URL): ProgrammeDocument {
  const parsed = publishableDocument.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `  ${issue.path.join('.')}: ${issue.message}`,
  );
  throw new Error(`${file.pathname} is no programme:\n${problems.join('\n')}`);
}
