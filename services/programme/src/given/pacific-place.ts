import {
  programmeDocument,
  programmeFiles,
  readProgramme,
  type ProgrammeDocument,
} from '@semarak/schemas';
import { compileRules } from '../rules/rules.ts';

const file = programmeFiles().find((url) => url.pathname.endsWith('/pacific-place.json'));
if (file === undefined) throw new Error('pacific-place.json is missing');

const pacificPlace: ProgrammeDocument = readProgramme(file);
export const pacificPlaceRules = compileRules([pacificPlace]);

/** Pacific Place with some of its document replaced. */
export const like = (change: object): ProgrammeDocument =>
  programmeDocument.parse({ ...pacificPlace, ...change });
