import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { clickHouseAccess } from '@semarak/infra/clickhouse';
import {
  isAlive,
  serverNames,
  serverPorts,
  startLocalStack,
  type LocalStack,
} from '@semarak/infra/local-stack';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../system/until.ts';

const portBase = 21180;
const ports = serverPorts(portBase);
const launcher = fileURLToPath(new URL('../../infra/dist/launcher/main.js', import.meta.url));
const startMsMax = 120_000;

describe('the local stack on the real servers', () => {
  let dataDir: string;
  let stack: LocalStack;

  const start = (): Promise<LocalStack> =>
    startLocalStack({ dataDir, ports, keys: { analyst: 'a-password' } });

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'semarak-local-stack-'));
    stack = await start();
  });

  afterAll(async () => {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('answers on each server in its own protocol', async () => {
    expect(await kafkaTopics(stack)).toEqual([]);
    expect(await redisSays(stack, (redis) => redis.ping())).toBe('PONG');
    const subjects = await fetch(`${stack.urls.SCHEMA_REGISTRY_URL}/subjects`);
    expect(await subjects.json()).toEqual([]);
    const ping = await fetch(`${clickHouseAccess(stack.urls.CLICKHOUSE_URL).url}ping`);
    expect((await ping.text()).trim()).toBe('Ok.');
  });

  it('names the servers, and nothing around them, in its pid files', async () => {
    const files = (await readdir(join(dataDir, 'run'))).sort();
    expect(files).toEqual(serverNames.map((name) => `${name}.pid`).sort());
    for (const name of serverNames) expect(await isAlive(pidOf(stack, name))).toBe(true);
  });

  it('takes the classes of Kafka and the registry from their archives', async () => {
    for (const name of ['kafka', 'registry'] as const) {
      const maps = await readFile(`/proc/${pidOf(stack, name)}/maps`, 'utf8');
      expect(maps, name).toMatch(/\/\.semarak\/servers\/.*\.jsa$/m);
    }
  });

  it('keeps what was acknowledged through a kill and a restart', async () => {
    await redisSays(stack, (redis) => redis.set('kept', 'yes'));
    await createTopic(stack, 'kept');
    const schema = JSON.stringify({ type: 'record', name: 'Kept', fields: [] });
    const registered = await fetch(`${stack.urls.SCHEMA_REGISTRY_URL}/subjects/Kept/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema }),
    });
    expect(registered.status).toBe(200);

    for (const name of ['kafka', 'registry', 'redis'] as const) {
      const before = pidOf(stack, name);
      await stack.kill(name);
      expect(stack.pid(name)).toBeUndefined();
      expect(await isAlive(before)).toBe(false);
      await stack.restart(name);
      expect(pidOf(stack, name)).not.toBe(before);
    }

    expect(await kafkaTopics(stack)).toEqual(['kept']);
    expect(await redisSays(stack, (redis) => redis.get('kept'))).toBe('yes');
    const subjects = await fetch(`${stack.urls.SCHEMA_REGISTRY_URL}/subjects`);
    expect(await subjects.json()).toEqual(['Kept']);
  });

  it('says which folder may be removed when Redis cannot read its files', async () => {
    await redisSays(stack, (redis) => redis.set('kept', 'yes'));
    await stack.kill('redis');
    const folder = join(dataDir, 'redis');
    const files = join(folder, 'appendonlydir');
    const file = (await readdir(files)).find((name) => name.endsWith('.incr.aof')) ?? 'none';
    const whole = await readFile(join(files, file));
    await writeFile(join(files, file), Buffer.concat([Buffer.from('not a command\r\n'), whole]));
    const remedy = `start again; accrual and rewards then make their states anew: rm -r '${folder}'`;
    await expect(stack.restart('redis')).rejects.toThrow(remedy);
    await writeFile(join(files, file), whole);
    await stack.restart('redis');
    expect(await redisSays(stack, (redis) => redis.get('kept'))).toBe('yes');
  });

  it('stops what an earlier owner of the folder left running', async () => {
    const before = serverNames.map((name) => pidOf(stack, name));
    stack = await start();
    const alive = await Promise.all(before.map((pid) => isAlive(pid)));
    expect(alive).toEqual(before.map(() => false));
    expect(await redisSays(stack, (redis) => redis.get('kept'))).toBe('yes');
  });

  it('leaves no process and no pid file', async () => {
    const before = serverNames.map((name) => pidOf(stack, name));
    await stack.stop();
    const alive = await Promise.all(before.map((pid) => isAlive(pid)));
    expect(alive).toEqual(before.map(() => false));
    expect(await readdir(join(dataDir, 'run'))).toEqual([]);
  });

  it('runs without services by npm start -- --servers, which adds nothing to it', async () => {
    const args = [launcher, '--servers', '--data', dataDir, '--port-base', String(portBase)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      await until('the servers run', startMsMax, () => {
        if (child.exitCode !== null) throw new Error(`the launcher ended:\n${output}`);
        return output.includes('the services are not started');
      });
      expect(await kafkaTopics(stack)).toEqual(['kept']);
      expect(await redisSays(stack, (redis) => redis.get('kept'))).toBe('yes');
      const subjects = await fetch(`${stack.urls.SCHEMA_REGISTRY_URL}/subjects`);
      expect(await subjects.json()).toEqual(['Kept']);
      const ping = await fetch(`${clickHouseAccess(stack.urls.CLICKHOUSE_URL).url}ping`);
      expect(ping.status).toBe(200);
      const running = (await readdir(join(dataDir, 'run'))).sort();
      expect(running).toEqual(serverNames.map((name) => `${name}.pid`).sort());
      await expect(fetch(`http://127.0.0.1:${portBase}/healthz`)).rejects.toThrow();
    } finally {
      child.kill('SIGTERM');
      await ended;
    }
    expect(child.exitCode, output).toBe(0);
    expect(await readdir(join(dataDir, 'run'))).toEqual([]);
  });
});

function pidOf(stack: LocalStack, name: (typeof serverNames)[number]): number {
  const pid = stack.pid(name);
  if (pid === undefined) throw new Error(`${name} does not run`);
  return pid;
}

async function redisSays<T>(stack: LocalStack, ask: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(stack.urls.REDIS_URL);
  try {
    return await ask(redis);
  } finally {
    redis.disconnect();
  }
}

async function kafkaTopics(stack: LocalStack): Promise<string[]> {
  const admin = await kafkaAdmin(stack);
  try {
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}

async function createTopic(stack: LocalStack, topic: string): Promise<void> {
  const admin = await kafkaAdmin(stack);
  try {
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
  } finally {
    await admin.disconnect();
  }
}

async function kafkaAdmin(stack: LocalStack): Promise<ReturnType<Kafka['admin']>> {
  const brokers = [stack.urls.KAFKA_BROKERS];
  const admin = new Kafka({ clientId: 'test', brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  return admin;
}
