export { appendControlRecord } from './control-record.ts';
export { partitionsWithout, readKnowledge, type PartitionKnowledge } from './knowledge.ts';
export { decidingPartition, publishProgramme } from './publish-programme.ts';
