export {
  DuplicatesUnavailable,
  MemoryDuplicates,
  type Duplicates,
  type TransactionName,
} from './duplicates.ts';
export { RedisDuplicates } from './redis-duplicates.ts';
