import { resolve } from 'node:path';
import { z } from 'zod';
import { bounded, readConfiguration, serverUrls } from '../configuration/index.ts';
import { portBaseOf, serverPorts, stackUrls } from '../local-stack/index.ts';
import type { ServersOption } from './arguments.ts';

/** The base of the ports of a system that was started without one. */
const portBaseDefault = 8_080;

const configuration = z.object({
  KAFKA_BROKERS: serverUrls.KAFKA_BROKERS,
  SCHEMA_REGISTRY_URL: serverUrls.SCHEMA_REGISTRY_URL,
  REDIS_URL: serverUrls.REDIS_URL,
  SERVER_TIMEOUT_MS: bounded({ min: 100, max: 120_000, default: 10_000 }),
  ACCRUAL_TIMEOUT_MS: bounded({ min: 100, max: 600_000, default: 30_000 }),
  PUBLISH_ATTEMPTS_MAX: bounded({ min: 1, max: 100, default: 5 }),
  PUBLISH_RETRY_DELAY_MS: bounded({ min: 1, max: 10_000, default: 200 }),
});

export type Servers = z.infer<typeof configuration>;

/** Where the servers are and how long to wait for them. Throws a sentence when that is not known. */
export function serversOf(
  option: ServersOption,
  from: { environment: Readonly<Record<string, string | undefined>>; workingDir: string },
): Servers {
  const { environment, workingDir } = from;
  switch (option.type) {
    case 'environment':
      return readConfiguration(configuration, { ...urls(portBaseDefault), ...set(environment) });
    case 'port_base':
      return readConfiguration(configuration, { ...environment, ...urls(option.portBase) });
    case 'data_folder':
      return readConfiguration(configuration, {
        ...environment,
        ...urls(portBaseOf(resolve(workingDir, option.folder))),
      });
  }
}

const urls = (base: number): Record<string, string> => ({ ...stackUrls(serverPorts(base)) });

const set = (environment: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => (value ?? '') !== ''));
