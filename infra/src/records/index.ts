export { RecordCodec, UnreadableRecord } from './record-codec.ts';
export { createCodec, RegistryUnavailable } from './registry.ts';
