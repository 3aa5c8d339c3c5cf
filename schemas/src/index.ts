export * from './generated/records.ts';
export * from './topics/topics.ts';
export * from './time/days.ts';
export { groupName, plainText } from './text/plain-text.ts';
export {
  programmeDocument,
  ticketNumbersMaxDefault,
  type ProgrammeDocument,
} from './programme/document.ts';
export { idPattern, tierNames } from './programme/fields.ts';
export {
  decodePublishedProgrammes,
  encodePublishedProgrammes,
  publishedProgrammesName,
  type PublishedProgrammes,
} from './programme/published-programmes.ts';
export { publishableDocument } from './programme/publishable.ts';
export {
  cannotFollow,
  completed,
  hasSameContent,
  newestVersion,
  publicationVerdict,
} from './programme/succession.ts';
export { programmeFiles, readProgramme } from './programme/files.ts';
export * from './clickhouse/statements.ts';
export * from './rewards/state.ts';
export * from './rewards/state-names.ts';
export * from './rewards/state-codec.ts';
export * from './rewards/member-rewards.ts';
