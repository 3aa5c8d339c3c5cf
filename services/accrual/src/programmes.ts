import { UnreadableRecord } from '@semarak/infra/records';
import { compileRules, type ProgrammeRules } from '@semarak/programme';
import {
  programmeDocument,
  type ProgrammeDocument,
  type PublishedProgrammes,
} from '@semarak/schemas';

/** Reads the document of a ProgrammePublished. Throws UnreadableRecord when it is none. */
export function readDocument(json: string): ProgrammeDocument {
  try {
    return programmeDocument.parse(JSON.parse(json));
  } catch (error) {
    throw new UnreadableRecord('ProgrammePublished carries no programme document', error);
  }
}

/** The state with the version known; the same state when it was known already. */
export function withProgramme(
  state: PublishedProgrammes,
  document: ProgrammeDocument,
): PublishedProgrammes {
  const known = state.documents.some(
    ({ programme, version }) => programme === document.programme && version === document.version,
  );
  return known ? state : { documents: [...state.documents, document] };
}

const compiled = new WeakMap<PublishedProgrammes, Map<string, ProgrammeRules>>();

/** The rules of a programme as this partition knows them, compiled once for each state. */
export function rulesOf(state: PublishedProgrammes, programme: string): ProgrammeRules {
  let byProgramme = compiled.get(state);
  if (byProgramme === undefined) {
    byProgramme = new Map<string, ProgrammeRules>();
    compiled.set(state, byProgramme);
  }
  let rules = byProgramme.get(programme);
  if (rules === undefined) {
    rules = compileRules(state.documents.filter((document) => document.programme === programme));
    byProgramme.set(programme, rules);
  }
  return rules;
}
