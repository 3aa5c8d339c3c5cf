import { publishableDocument, type ProgrammeDocument } from '@semarak/schemas';
import { readFileSync } from 'node:fs';
import type { z } from 'zod';

export type ReadDocument =
  | { readonly type: 'document'; readonly document: ProgrammeDocument }
  /** One line for each field that is wrong: where it is and what it must be. */
  | { readonly type: 'refused'; readonly problems: readonly string[] };

/** Reads and checks the programme document in a file. Never throws for what the file holds. */
export function readDocumentFile(path: string): ReadDocument {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return { type: 'refused', problems: [error instanceof Error ? error.message : String(error)] };
  }
  return checkDocument(json);
}

/** Checks what should be a document to publish; every wrong field is named at once. */
export function checkDocument(json: unknown): ReadDocument {
  const parsed = publishableDocument.safeParse(json);
  return parsed.success
    ? { type: 'document', document: parsed.data }
    : { type: 'refused', problems: parsed.error.issues.flatMap((issue) => problemsOf(issue)) };
}

type Issue = z.core.$ZodIssue;

function problemsOf(issue: Issue): string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${fieldName([...issue.path, key])}: is not a known field`);
  const alternatives = issue.code === 'invalid_union' ? issue.errors.flat() : [];
  const message =
    alternatives.length === 0
      ? issue.message
      : alternatives
          .map((entry) => [fieldName(entry.path), entry.message].filter(Boolean).join(': '))
          .join(', or ');
  return [`${fieldName(issue.path) || 'the document'}: ${message}`];
}

/** `tiers[1].monthSpend` */
function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      return index === 0 ? String(part) : `.${String(part)}`;
    })
    .join('');
}
