export { DuplicatesUnavailable, MemoryDuplicates, type Duplicates } from './duplicates.ts';
export { placeOf, type TransactionName } from './place.ts';
export { RedisDuplicates } from './redis-duplicates.ts';
