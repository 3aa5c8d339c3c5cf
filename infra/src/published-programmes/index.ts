export { appendControlRecord } from './control-record.ts';
export { partitionsWithout, readKnowledge, type PartitionKnowledge } from './knowledge.ts';
export { publishProgramme } from './publish-programme.ts';
