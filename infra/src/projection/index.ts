export { decodeBookmark, type Bookmark } from './bookmark.ts';
export type { Fact, FactTable, Projection, SourcedRow } from './projection.ts';
export {
  ProjectionTask,
  type ProjectionLimits,
  type Surroundings,
  type Warehouse,
} from './projection-task.ts';
export type { Database, HandedOver } from './resumption.ts';
export { Rounds, type Pace } from './rounds.ts';
export { SharedInserts, type SharedInsertsOptions } from './shared-inserts.ts';
