export {
  runConsumerGroup,
  type ConsumerGroup,
  type ConsumerGroupLimits,
  type ConsumerGroupOptions,
  type InputPartition,
} from './consumer-group.ts';
export { beginningAgain } from './predecessors.ts';
export { OffsetInDoubt, type CommittedOffset } from './offset-requests.ts';
export { StaleGeneration, type Offsets } from './offsets.ts';
export {
  Halt,
  type InputBatch,
  type InputRecord,
  type PartitionTask,
  type TaskOutcome,
} from './partition-task.ts';
