export { accessHeaders, clickHouseAccess, type ClickHouseAccess } from './access.ts';
export { createClickHouse, type ClickHouse, type ClickHouseOptions } from './client.ts';
export { ClickHouseInconsistent, ClickHouseRefused, ClickHouseUnavailable } from './errors.ts';
export {
  insertExactly,
  type ExactBlock,
  type ExactInsertLimits,
  type ExactInsertOutcome,
  type InsertTransport,
  type Place,
  type SourceRange,
} from './exact-insert.ts';
export {
  createClickHouseReader,
  type Answer,
  type ClickHouseReader,
  type Question,
} from './reader.ts';
export { createClickHouseMetrics, type ClickHouseMetrics } from './metrics.ts';
export {
  array,
  bool,
  date32,
  dateTime64,
  enum8,
  int64,
  int8,
  nullable,
  optionalText,
  text,
  uint16,
  uint32,
  uint8,
  type ColumnType,
} from './row-binary.ts';
export { defineTable, type Repeats, type RowOf, type Table } from './table.ts';
