export { RecordCodec, UnreadableRecord } from './record-codec.ts';
export { createCodec, registerSchemas, RegistryUnavailable } from './registry.ts';
