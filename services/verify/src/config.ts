import {
  bounded,
  decompressedBytesMax,
  readConfiguration,
  serverUrls,
} from '@semarak/infra/configuration';
import { environmentOf, type ServersOption } from '@semarak/infra/server-location';
import { z } from 'zod';

const configuration = z.object({
  ...serverUrls,
  SERVER_TIMEOUT_MS: bounded({ min: 100, max: 120_000, default: 15_000 }),
  CLICKHOUSE_TIMEOUT_MS: bounded({ min: 1_000, max: 3_600_000, default: 300_000 }),
  /** How long a fetch waits for records, and how long it takes until another partition is read. */
  FETCH_WAIT_MS_MAX: bounded({ min: 1, max: 5_000, default: 10 }),
  FETCH_BYTES_MAX: bounded({ min: 1_024, max: 64 * 1024 * 1024, default: 1024 * 1024 }),
  DECOMPRESSED_BYTES_MAX: decompressedBytesMax,
  READ_MS_MAX: bounded({ min: 1_000, max: 600_000, default: 30_000 }),
  /** Redis hashes asked for in one round trip. */
  BUCKETS_PER_REQUEST: bounded({ min: 1, max: 4_096, default: 256 }),
  /** States that are looked at again in one script. */
  STATES_PER_SCRIPT: bounded({ min: 1, max: 1_000, default: 200 }),
});

export type Configuration = z.infer<typeof configuration>;

/** Where the servers are, and the limits. Throws a sentence when that is not known. */
export function configurationOf(
  option: ServersOption,
  from: { environment: Readonly<Record<string, string | undefined>>; workingDir: string },
): Configuration {
  return readConfiguration(configuration, environmentOf(option, from));
}
