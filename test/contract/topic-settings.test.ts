import { createKafka, createTopics, findDeviations } from '@semarak/infra/kafka';
import { serverPorts, startLocalStack, type LocalStack } from '@semarak/infra/local-stack';
import { createLog } from '@semarak/infra/observability';
import kafkajs, { type Admin } from 'kafkajs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../system/run-command.ts';
import { until } from '../system/until.ts';

const { ConfigResourceTypes } = kafkajs;
const ports = serverPorts(22_850);
const replicationFactor = 1;
const log = createLog({ service: 'test', level: 'silent' });

let dataDir: string;
let stack: LocalStack;
let admin: Admin;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'semarak-topics-'));
  const keys = { analyst: 'a-password' };
  stack = await startLocalStack({ dataDir, ports, keys, servers: ['kafka'], kafkaFlush: 'append' });
  admin = createKafka({ brokers: [stack.urls.KAFKA_BROKERS], clientId: 'test', log }).admin();
  await admin.connect();
  await createTopics(admin, { partitions: 2, replicationFactor });
});

afterAll(async () => {
  await admin.disconnect();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** The topics are looked at before anything else is reached, and nothing else is there. */
const provision = (env: Readonly<Record<string, string>>) =>
  runCommand('infra/dist/provision/main.js', [], {
    KAFKA_BROKERS: stack.urls.KAFKA_BROKERS,
    SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
    REDIS_URL: 'redis://127.0.0.1:1',
    CLICKHOUSE_URL: 'http://127.0.0.1:1',
    ...env,
  });

const deviations = async (): Promise<string[]> =>
  (await findDeviations(admin, { replicationFactor })).map(
    ({ topic, setting, found }) => `${topic} ${setting.name} ${found}`,
  );

it('a topic that would lose records refuses the start until it is repaired', async () => {
  expect(await deviations()).toEqual([]);
  const configEntries = [
    { name: 'retention.ms', value: '604800000' },
    { name: 'segment.ms', value: '3600000' },
  ];
  const type = ConfigResourceTypes.TOPIC;
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type, name: 'transactions', configEntries }],
  });
  await until('the deviation is seen', 30_000, async () =>
    (await deviations()).includes('transactions retention.ms 604800000'),
  );

  const { exitCode, output } = await provision({ PARTITIONS: '2' });
  expect(exitCode).toBe(1);
  expect(output).toContain('Topic transactions has retention.ms = 604800000 and should have -1');
  expect(output).toContain('--add-config retention.ms=-1');

  const repaired = await provision({ PARTITIONS: '2', REPAIR_TOPICS: 'yes' });
  expect(repaired.output).toContain(
    'Topic transactions had retention.ms = 604800000 and has -1 now.',
  );
  await until('nothing deviates', 30_000, async () => (await deviations()).length === 0);
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type, name: 'transactions', configNames: ['segment.ms'] }],
  });
  expect(resources[0]?.configEntries[0]?.configValue).toBe('3600000');
});

it('topics with another number of partitions refuse the start', async () => {
  const { exitCode, output } = await provision({ PARTITIONS: '3' });
  expect(exitCode).toBe(1);
  expect(output).toMatch(/Topic [a-z-]+ has 2 partitions, 3 are configured/);
});

it('a broker that is to write to disk whatever it acknowledges does so for every topic', async () => {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: ['transactions', 'loyalty-events'].map((name) => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      configNames: ['flush.messages'],
    })),
  });
  const found = resources.map(({ configEntries }) => configEntries[0]?.configValue);
  expect(found).toEqual(['1', '1']);
});
