export { keyInTransactions } from './key-in-transactions.ts';
export { RecordCodec, UnreadableRecord, type WrittenWith } from './record-codec.ts';
export { createCodec, registerSchemas, RegistryUnavailable } from './registry.ts';
