import { UnreadableRecord } from '@semarak/infra/records';
import { compileRules, withClosedDay, type ProgrammeRules } from '@semarak/programme';
import {
  programmeDocument,
  publicationVerdict,
  type EpochDay,
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

/**
 * The state with the version known; the same state when it was known already. Throws UnreadableRecord for
 * a publication that is refused at its place.
 */
export function withProgramme(
  state: PublishedProgrammes,
  publication: { readonly document: ProgrammeDocument; readonly supersedes: number | null },
): PublishedProgrammes {
  const verdict = publicationVerdict(publication, state.documents);
  if (verdict.type === 'refused')
    throw new UnreadableRecord(`the publication is refused: ${verdict.reason}`);
  if (verdict.type === 'known') return state;
  return { ...state, documents: [...state.documents, publication.document] };
}

/**
 * The state with every business day up to this one closed; the same state when they were closed
 * already, so that closings may come in any order and more than once.
 */
export function withClosing(
  state: PublishedProgrammes,
  { programme, businessDay }: { readonly programme: string; readonly businessDay: EpochDay },
): PublishedProgrammes {
  const closed = state.closedDays?.[programme];
  if (closed !== undefined && closed >= businessDay) return state;
  return { ...state, closedDays: { ...state.closedDays, [programme]: businessDay } };
}

type RulesByProgramme = Map<string, ProgrammeRules>;

/** Of the documents alone, which every closing leaves as they are. */
const compiled = new WeakMap<PublishedProgrammes['documents'], RulesByProgramme>();
const closed = new WeakMap<PublishedProgrammes, RulesByProgramme>();

/** The rules of a programme as this partition knows them, made once for each state. */
export function rulesOf(state: PublishedProgrammes, programme: string): ProgrammeRules {
  return remembered(closed, state, programme, () => {
    const rules = remembered(compiled, state.documents, programme, () =>
      compileRules(state.documents.filter((document) => document.programme === programme)),
    );
    const day = state.closedDays?.[programme];
    return day === undefined ? rules : withClosedDay(rules, day);
  });
}

function remembered<Of extends object>(
  known: WeakMap<Of, RulesByProgramme>,
  of: Of,
  programme: string,
  make: () => ProgrammeRules,
): ProgrammeRules {
  let byProgramme = known.get(of);
  if (byProgramme === undefined) {
    byProgramme = new Map<string, ProgrammeRules>();
    known.set(of, byProgramme);
  }
  let rules = byProgramme.get(programme);
  if (rules === undefined) {
    rules = make();
    byProgramme.set(programme, rules);
  }
  return rules;
}
