export { keyInTransactions } from './key-in-transactions.ts';
export { RecordCodec, UnreadableRecord, valueOf, type WrittenWith } from './record-codec.ts';
export { createCodec, registerSchemas, RegistryUnavailable } from './registry.ts';
