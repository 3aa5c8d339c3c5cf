export { RecordCodec, UnreadableRecord } from './record-codec.ts';
export { createRegistry, registerSchemas, RegistryUnavailable, schemasById } from './registry.ts';
