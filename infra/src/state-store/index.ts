export { FreshStates } from './fresh-states.ts';
export { bucketOf, bucketsPerPartition, partitionKey } from './layout.ts';
export { MemoryPartitionStore } from './memory-store.ts';
export {
  StoreRefuses,
  StoreUnavailable,
  type Acquired,
  type Commit,
  type CommitOutcome,
  type Loaded,
  type PartitionStore,
} from './partition-store.ts';
export { redisCheck } from './redis-check.ts';
export {
  createRedis,
  partitionsOfStates,
  readStates,
  RedisPartitionStore,
  type StateRedis,
} from './redis-store.ts';
