import { readFileSync } from 'node:fs';
import { programmeFiles, readProgramme, type ProgrammeDocument } from '@semarak/schemas';
import { casesOf, type Case } from './cases.ts';

/** A programme and its published table of cases. */
interface Table {
  readonly document: ProgrammeDocument;
  readonly cases: readonly Case[];
  readonly casesMin: number;
}

const casesMinByProgramme: Readonly<Record<string, number>> = { 'pacific-place': 60 };
const casesMinDefault = 20;

/** The tables of all programmes that ship. Throws when one has none, or one that cannot be read. */
export const tables: readonly Table[] = programmeFiles().map((file) => {
  const document = readProgramme(file);
  const { programme } = document;
  const markdown = readFileSync(new URL(`../${programme}.md`, import.meta.url), 'utf8');
  return {
    document,
    cases: casesOf(markdown, document),
    casesMin: casesMinByProgramme[programme] ?? casesMinDefault,
  };
});
