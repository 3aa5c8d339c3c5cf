import { planPorts } from '@semarak/infra/launcher';
import { Redis } from 'ioredis';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSystem, type System } from '../system/system.ts';
import { until } from '../system/until.ts';

const portBase = 24_900;
const programme = 'pacific-place';
const noticedMsMax = 60_000;
/** Those that write to Redis. */
const writers = ['gateway', 'accrual', 'rewards'] as const;
type Writer = (typeof writers)[number];

const ports = planPorts(portBase);
let system: System;
let redis: Redis;
let sequence = 0;
beforeAll(async () => {
  system = await startSystem({ portBase });
  redis = new Redis(system.redisUrl);
});
afterAll(async () => {
  redis.disconnect();
  await system.close();
});

interface Refusal {
  readonly name: string;
  readonly says: RegExp;
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
}

const refusals: Refusal[] = [
  {
    name: 'its memory is used up',
    says: /Redis refuses to write: its memory is used up \(maxmemory\)\. Raise maxmemory/,
    begin: () => redis.config('SET', 'maxmemory', '1'),
    end: () => redis.config('SET', 'maxmemory', '0'),
  },
  {
    name: 'it is a replica',
    says: /Redis refuses to write: it is a replica\. Let REDIS_URL name the primary/,
    begin: () => redis.replicaof('127.0.0.1', 1),
    end: () => redis.replicaof('NO', 'ONE'),
  },
  {
    name: 'too few replicas follow it',
    says: /Redis refuses to write: too few replicas follow it \(min-replicas-to-write\)/,
    begin: () => redis.config('SET', 'min-replicas-to-write', '1'),
    end: () => redis.config('SET', 'min-replicas-to-write', '0'),
  },
  {
    name: 'it cannot write to its disk',
    says: /Redis refuses to write: it cannot write to its disk/,
    async begin() {
      mkdirSync(inTheWay());
      await redis.config('SET', 'save', '3600 1');
      await redis.bgsave();
    },
    async end() {
      await redis.config('SET', 'save', '');
      rmSync(inTheWay(), { recursive: true, force: true });
    },
  },
];

/** A folder of that name, and no snapshot can be put there. */
const inTheWay = (): string => join(system.dataDir, 'redis', 'dump.rdb');

describe.each(refusals)('while Redis refuses to write, since $name', ({ says, begin, end }) => {
  afterEach(end);

  it('says so in every service that writes there, none of which ends, and goes on by itself', async () => {
    await send([saleOf('M-1')]);
    await until('all are healthy', noticedMsMax, () => each(isHealthy));
    await begin();
    await send([saleOf('M-1'), saleOf('M-2')]);
    await until('all say so', noticedMsMax, () => each((name) => tells(name, says)));

    const first = system.pid('accrual');
    process.kill(first, 'SIGKILL');
    await until('accrual is started again and says so', noticedMsMax, async () => {
      return pidNow('accrual', first) !== first && (await tells('accrual', says));
    });
    const pids = writers.map((name) => system.pid(name));

    await end();
    await until('all are healthy again', noticedMsMax, () => each(isHealthy));
    expect(writers.map((name) => system.pid(name))).toEqual(pids);
    await send([saleOf('M-1')]);
    await until('all sales have been taken in', noticedMsMax, async () => {
      const rows = await system.rows('SELECT transaction_id FROM sales');
      return rows.length === sequence;
    });
  });
});

/** Between an end and the next start there is none, and it is still the one before. */
function pidNow(name: Writer, before: number): number {
  try {
    return system.pid(name);
  } catch {
    return before;
  }
}

async function each(holds: (name: Writer) => Promise<boolean>): Promise<boolean> {
  const answers = await Promise.all(writers.map(holds));
  return answers.every(Boolean);
}

async function health(name: Writer): Promise<{ status: number; text: string }> {
  try {
    const answer = await fetch(`http://127.0.0.1:${ports.metrics[name]}/healthz`);
    return { status: answer.status, text: await answer.text() };
  } catch (error) {
    return { status: 0, text: String(error) };
  }
}

const isHealthy = async (name: Writer): Promise<boolean> => (await health(name)).status === 200;

async function tells(name: Writer, says: RegExp): Promise<boolean> {
  const { status, text } = await health(name);
  return status === 503 && says.test(text);
}

function saleOf(memberId: string): object {
  sequence++;
  return {
    programme,
    terminalId: 'R-1',
    businessDay: '2014-12-03',
    sequence,
    type: 'sale',
    tenantId: 'PP-001',
    memberId,
    amount: 100_000,
    currency: 'IDR',
    occurredAt: '2014-12-03T19:00:00+07:00',
    receivedAt: '2014-12-03T19:00:05+07:00',
  };
}

async function send(items: readonly object[]): Promise<void> {
  const answer = await fetch(`${system.gatewayUrl}/v1/transactions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${system.keys.import}`,
      'content-type': 'application/x-ndjson',
    },
    body: items.map((item) => JSON.stringify(item)).join('\n'),
  });
  expect(await answer.text()).toMatch(/accepted/);
}
