import { join } from 'node:path';
import {
  answersHttp,
  checkoutRoot,
  probeHttp,
  serverSpecs,
  stackUrls,
  type KafkaFlush,
  type ProcessSpec,
} from '../local-stack/index.ts';
import type { Keys } from './keys.ts';
import type { PortPlan } from './ports.ts';
import { services, type ServiceDefinition, type ServiceName } from './services.ts';

/** The programs of a whole stack, in the order of the start. */
export interface StackPlan {
  readonly servers: readonly ProcessSpec[];
  /** Ends by itself: schemas, topics, tables, programmes. */
  readonly provision: ProcessSpec;
  /** In flow order. `consumerGroup`: whose lag tells whether it has taken in everything. */
  readonly services: readonly { spec: ProcessSpec; consumerGroup: string | undefined }[];
  /** Ends by itself. */
  readonly demonstration: ProcessSpec;
  readonly kafkaBrokers: string;
}

/** The stack as it is run for a person; downloads the servers when they are missing. */
export async function planStack(options: {
  dataDir: string;
  ports: PortPlan;
  keys: Keys;
  keysFile: string;
  kafkaFlush?: KafkaFlush;
  progress: (line: string) => void;
}): Promise<StackPlan> {
  const { dataDir, ports, keys, keysFile, kafkaFlush = 'system', progress } = options;
  const urls = stackUrls(ports.servers, keys);
  const common = { ...urls, LOG_LEVEL: 'info' };
  const gatewayUrl = `http://127.0.0.1:${ports.gateway}`;
  const nodeProgram = (name: string, main: readonly string[]): ProcessSpec => ({
    name,
    command: process.execPath,
    args: ['--enable-source-maps', join(checkoutRoot, ...main)],
    env: common,
    cwd: dataDir,
    output: 'log',
  });
  const servers = await serverSpecs({ dataDir, ports: ports.servers, keys, kafkaFlush, progress });
  const simulator = nodeProgram('demonstration', ['services', 'simulator', 'dist', 'main.js']);
  return {
    servers: Object.values(servers),
    provision: nodeProgram('provision', ['infra', 'dist', 'provision', 'main.js']),
    services: services.map((service: ServiceDefinition & { name: ServiceName }) => {
      const program = nodeProgram(service.name, ['services', service.name, 'dist', 'main.js']);
      const metricsPort = ports.metrics[service.name];
      const healthPort = service.http === 'none' ? metricsPort : ports[service.http];
      const at = `http://127.0.0.1:${healthPort}`;
      const env = { ...common, METRICS_PORT: String(metricsPort) };
      return {
        consumerGroup: service.consumerGroup,
        spec: {
          ...program,
          args: [...(service.nodeOptions ?? []), ...program.args],
          env: { ...env, ...ownOf(service.http, options) },
          probe: (signal: AbortSignal) => probeHttp(`${at}/healthz`, signal),
          alive: (signal: AbortSignal) => answersHttp(`${at}/livez`, signal),
        },
      };
    }),
    demonstration: {
      ...simulator,
      args: [...simulator.args, 'demo'],
      env: { ...common, ...asAnalyst(ports), GATEWAY_URL: gatewayUrl, KEYS_FILE: keysFile },
      output: 'terminal',
    },
    kafkaBrokers: urls.KAFKA_BROKERS,
  };
}

/** What a service that serves HTTP is told beside the rest: its port, and no key but those that it needs. */
function ownOf(
  http: ServiceDefinition['http'],
  { ports, keys, keysFile }: { ports: PortPlan; keys: Keys; keysFile: string },
): Record<string, string> {
  switch (http) {
    case 'none':
      return {};
    case 'gateway':
      return { HTTP_PORT: String(ports.gateway), KEYS_FILE: keysFile };
    case 'reports':
      return { ...asAnalyst(ports), HTTP_PORT: String(ports.reports), ANALYST_KEY: keys.analyst };
    case 'console':
      return {
        HTTP_PORT: String(ports.console),
        REPORTS_URL: `http://127.0.0.1:${ports.reports}`,
      };
  }
}

/** ClickHouse's URL without its owner's password, for who asks as the analyst. */
function asAnalyst(ports: PortPlan): { CLICKHOUSE_URL: string } {
  const { CLICKHOUSE_URL } = stackUrls(ports.servers);
  return { CLICKHOUSE_URL };
}
