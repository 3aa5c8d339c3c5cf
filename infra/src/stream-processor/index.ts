export { farthestCause, highestTold } from './acknowledged.ts';
export { belongingTo, deadLetter, DeadLetterShare, placeOf } from './dead-letters.ts';
export { Filter } from './filter.ts';
export type { Emission, Logic, RecordPosition, SourcePosition, States } from './logic.ts';
export {
  PartitionProcessor,
  type Codec,
  type ProcessorLimits,
  type Surroundings,
} from './partition-processor.ts';
export type { WrittenRecord } from './written.ts';
