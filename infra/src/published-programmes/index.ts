export { appendControlRecord } from './control-record.ts';
export {
  newestClosedDay,
  partitionsWithout,
  readKnowledge,
  type PartitionKnowledge,
} from './knowledge.ts';
export { decidingPartition, publishProgramme } from './publish-programme.ts';
