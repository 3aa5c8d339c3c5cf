import { z } from 'zod';
import type { Surroundings } from '../command-line/index.ts';
import {
  bounded,
  decompressedBytesMax,
  readConfiguration,
  serverUrls,
} from '../configuration/index.ts';
import { clockConfiguration } from '../trusted-clock/index.ts';
import { environmentOf, type ServersOption } from '../server-location/index.ts';

const configuration = z.object({
  KAFKA_BROKERS: serverUrls.KAFKA_BROKERS,
  SCHEMA_REGISTRY_URL: serverUrls.SCHEMA_REGISTRY_URL,
  /** For retry alone. */
  REDIS_URL: serverUrls.REDIS_URL,
  SERVER_TIMEOUT_MS: bounded({ min: 100, max: 120_000, default: 10_000 }),
  READ_MS_MAX: bounded({ min: 1_000, max: 600_000, default: 30_000 }),
  FETCH_WAIT_MS_MAX: bounded({ min: 1, max: 10_000, default: 100 }),
  FETCH_BYTES_MAX: bounded({ min: 65_536, max: 67_108_864, default: 1_048_576 }),
  DECOMPRESSED_BYTES_MAX: decompressedBytesMax,
  /** Bytes that `show` dumps. */
  SHOW_BYTES_MAX: bounded({ min: 16, max: 16_777_216, default: 65_536 }),
  /** Dead letters of one partition that `retry` can keep apart. */
  RETRY_LETTERS_MAX: bounded({ min: 1, max: 10_000_000, default: 1_000_000 }),
  /** Records in one request to Kafka. */
  CHUNK_RECORDS_MAX: bounded({ min: 1, max: 1_000, default: 500 }),
  /** Reasons that `retry --all` prints, the others are counted. */
  REASONS_MAX: bounded({ min: 1, max: 1_000_000, default: 100 }),
  ...clockConfiguration,
});

export type Configuration = z.infer<typeof configuration>;

/** Where the servers are, and the limits. Throws a sentence when that is not known. */
export const configurationOf = (
  option: ServersOption,
  from: Pick<Surroundings, 'environment' | 'workingDir'>,
): Configuration => readConfiguration(configuration, environmentOf(option, from));
