import { z } from 'zod';
import { bounded, readConfiguration, serverUrls } from '../configuration/index.ts';
import { clockConfiguration } from '../trusted-clock/index.ts';
import { environmentOf, type ServersOption } from '../server-location/index.ts';

const configuration = z.object({
  KAFKA_BROKERS: serverUrls.KAFKA_BROKERS,
  SCHEMA_REGISTRY_URL: serverUrls.SCHEMA_REGISTRY_URL,
  REDIS_URL: serverUrls.REDIS_URL,
  SERVER_TIMEOUT_MS: bounded({ min: 100, max: 120_000, default: 10_000 }),
  ACCRUAL_TIMEOUT_MS: bounded({ min: 100, max: 600_000, default: 30_000 }),
  PUBLISH_ATTEMPTS_MAX: bounded({ min: 1, max: 100, default: 5 }),
  PUBLISH_RETRY_DELAY_MS: bounded({ min: 1, max: 10_000, default: 200 }),
  ...clockConfiguration,
});

export type Servers = z.infer<typeof configuration>;

/** Where the servers are and how long to wait for them. Throws a sentence when that is not known. */
export function serversOf(
  option: ServersOption,
  from: { environment: Readonly<Record<string, string | undefined>>; workingDir: string },
): Servers {
  return readConfiguration(configuration, environmentOf(option, from));
}
