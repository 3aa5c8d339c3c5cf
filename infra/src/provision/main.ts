import { z } from 'zod';
import { bounded, logLevel, readConfiguration, serverUrls } from '../configuration/index.ts';
import { createLog } from '../observability/index.ts';
import { provision } from './provision.ts';

/**
 * Makes what the services need to exist and ends: 0 when all of it does. It can be run again at any
 * time; what is there already is left as it is, but for settings of topics with REPAIR_TOPICS=yes.
 */
const configuration = readConfiguration(
  z.object({
    ...serverUrls,
    LOG_LEVEL: logLevel,
    PARTITIONS: bounded({ min: 1, max: 1_000, default: 8 }),
    REPLICATION_FACTOR: bounded({ min: 1, max: 9, default: 1 }),
    /** Whether settings of topics that are not as they should be are set, in place of told. */
    REPAIR_TOPICS: z.enum(['yes', 'no']).default('no'),
    SERVER_TIMEOUT_MS: bounded({ min: 100, max: 120_000, default: 30_000 }),
  }),
  process.env,
);
const log = createLog({ service: 'provision', level: configuration.LOG_LEVEL });

try {
  await provision({ configuration, log });
} catch (error) {
  log.fatal({ err: error }, (error as Error).message);
  process.exitCode = 1;
}
