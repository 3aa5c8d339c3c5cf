import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import '../kafka/kafkajs-timers.ts';
import { serverLocations } from '../../src/local-stack/install.mjs';
import { classOptions } from './class-options.ts';
import { localStackLimits } from './limits.ts';
import type { ProcessSpec } from './managed-process.ts';
import type { ServerContext } from './server-context.ts';

/** Any 22 characters of base64 do: one broker, so nobody else's cluster can be met. */
const clusterId = 'c2VtYXJhay1sb2NhbC1zMQ';

/** Kafka as broker and controller in one process (KRaft), data in DIR/kafka/data. */
export function kafkaServer(context: ServerContext): ProcessSpec {
  const dir = join(context.dataDir, 'kafka');
  const properties = join(dir, 'server.properties');
  const classPath = join(serverLocations.kafkaLib, '*');
  const heap = localStackLimits.kafkaHeapMiB;
  return {
    name: 'kafka',
    command: context.java,
    args: [
      ...classOptions(serverLocations.kafkaClasses),
      ...[`-Xms${heap}m`, `-Xmx${heap}m`, '-XX:+UseG1GC', '-XX:+ExitOnOutOfMemoryError'],
      `-Dlog4j2.configurationFile=${join(dir, 'log4j2.properties')}`,
      ...['-cp', classPath, 'kafka.Kafka', properties],
    ],
    env: {},
    cwd: context.dataDir,
    output: 'log',
    prepare: async () => {
      await mkdir(dir, { recursive: true });
      await writeFile(join(dir, 'log4j2.properties'), loggingProperties);
      await writeFile(properties, serverProperties(context, join(dir, 'data')));
      if (!existsSync(join(dir, 'data', 'meta.properties'))) {
        await format({ java: context.java, classPath, properties });
      }
    },
    probe: () => probeKafka(context.ports.kafka),
    alive: () => probeKafka(context.ports.kafka),
  };
}

async function format(of: { java: string; classPath: string; properties: string }): Promise<void> {
  await promisify(execFile)(of.java, [
    ...classOptions(serverLocations.kafkaClasses),
    ...['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', of.classPath],
    ...['kafka.tools.StorageTool', 'format', '--ignore-formatted'],
    ...['-t', clusterId, '-c', of.properties],
  ]);
}

async function probeKafka(port: number): Promise<void> {
  const admin = new Kafka({
    clientId: 'local-stack',
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: localStackLimits.probeTimeoutMs,
    requestTimeout: localStackLimits.probeTimeoutMs,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    if (brokers.length === 0) throw new Error('Kafka has no broker yet');
  } finally {
    await admin.disconnect();
  }
}

const loggingProperties = `status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{ISO8601} %p %m (%c{1})%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
logger.kafka.name=kafka.server.KafkaRaftServer
logger.kafka.level=info
`;

function serverProperties({ ports, kafkaFlush }: ServerContext, dataDir: string): string {
  const settings: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${ports.kafkaController}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${ports.kafka},CONTROLLER://127.0.0.1:${ports.kafkaController}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.kafka}`,
    'log.dirs': dataDir,
    'num.partitions': localStackLimits.kafkaPartitionsDefault,
    'auto.create.topics.enable': 'false',
    'log.retention.ms': -1,
    'log.retention.bytes': -1,
    'log.cleaner.dedupe.buffer.size': localStackLimits.kafkaCleanerBufferBytes,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': localStackLimits.kafkaPartitionsDefault,
    'offsets.retention.minutes': localStackLimits.kafkaOffsetsRetentionMinutes,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'broker.session.timeout.ms': localStackLimits.kafkaBrokerSessionMs,
    'broker.heartbeat.interval.ms': localStackLimits.kafkaBrokerHeartbeatMs,
    'num.network.threads': 2,
    'num.io.threads': 4,
    // Of each topic, the groups' offsets too.
    ...(kafkaFlush === 'append' ? { 'log.flush.interval.messages': 1 } : {}),
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${escaped(String(value))}\n`)
    .join('');
}

/** A backslash begins an escape in Java's properties. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\');
}
