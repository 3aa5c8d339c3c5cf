import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DuplicatesUnavailable,
  MemoryDuplicates,
  placeOf,
  RedisDuplicates,
  type Duplicates,
} from '@semarak/gateway/duplicates';
import { serverPorts, startLocalStack, type LocalStack } from '@semarak/infra/local-stack';
import { createLog } from '@semarak/infra/observability';
import { createRedis, type StateRedis } from '@semarak/infra/state-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ports = serverPorts(21280);
const expiresAfterS = 1_000;
const opened: RedisDuplicates[] = [];
const open = (url = stack.urls.REDIS_URL): RedisDuplicates => {
  const duplicates = new RedisDuplicates({ url, timeoutMs: 2_000, itemsMax: 2_000, expiresAfterS });
  opened.push(duplicates);
  return duplicates;
};

let dataDir: string;
let stack: LocalStack;
let redis: StateRedis;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'semarak-gateway-duplicates-'));
  const keys = { analyst: 'a-password' };
  stack = await startLocalStack({ dataDir, ports, keys, servers: ['redis'] });
  const log = createLog({ service: 'test', level: 'silent' });
  redis = createRedis({ url: stack.urls.REDIS_URL, timeoutMs: 2_000, log });
});

afterAll(async () => {
  for (const duplicates of opened) duplicates.close();
  redis.disconnect();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const placed = (sequence: number, terminal = 'T-1', programme = 'pacific-place') =>
  placeOf({ programme, transactionId: `${terminal}/2014-12-01/${sequence}` });
/** Eight bytes, among them those that are no text. */
const content = (byte: number): string => String.fromCharCode(byte, 0, 255, 10, 13, 128, 1, byte);

describe.each<{ name: string; make: () => Promise<Duplicates> }>([
  { name: 'memory', make: () => Promise.resolve(new MemoryDuplicates()) },
  {
    name: 'Redis',
    make: async () => {
      await redis.flushall();
      return open();
    },
  },
])('duplicates in $name', ({ make }) => {
  it('knows what it was told, by programme and whole id, in the order asked', async () => {
    const duplicates = await make();
    const others = [placed(1, 'T-2'), placed(2), placed(65), placed(1, 'T-1', 'polytron')];
    await duplicates.remember([{ place: placed(1), content: content(7) }]);
    expect(await duplicates.find([placed(1), ...others, placed(1)])).toEqual([
      content(7),
      ...others.map(() => undefined),
      content(7),
    ]);
  });

  it('tells all sequences apart, near and far', async () => {
    const duplicates = await make();
    const places = [0, 1, 63, 64, 127, 128, 9_999_999_999].map((sequence) => placed(sequence));
    const entries = places.map((place, index) => ({ place, content: content(index) }));
    await duplicates.remember(entries);
    expect(await duplicates.find(places)).toEqual(entries.map((entry) => entry.content));
  });

  it('takes nothing for an answer', async () => {
    const duplicates = await make();
    await duplicates.remember([]);
    expect(await duplicates.find([])).toEqual([]);
  });

  it('answers many at once', async () => {
    const duplicates = await make();
    const places = Array.from({ length: 5_000 }, (_, index) =>
      placed(index % 700, `T-${index % 8}`),
    );
    await duplicates.remember(
      places.map((place, index) => ({ place, content: content(index % 200) })),
    );
    const found = await Promise.all([duplicates.find(places), duplicates.find([placed(1_000)])]);
    expect(found[0].every((value) => value !== undefined)).toBe(true);
    expect(found[1]).toEqual([undefined]);
  });
});

describe('duplicates in Redis', () => {
  it('lie in compact hashes that expire', async () => {
    await redis.flushall();
    const duplicates = open();
    const places = Array.from({ length: 64 }, (_, sequence) => placed(sequence));
    await duplicates.remember(places.map((place) => ({ place, content: content(200) })));
    const keys = await redis.keys('*');
    expect(keys).toEqual(['duplicates/pacific-place/T-1/2014-12-01/0']);
    const [key = ''] = keys;
    expect(await redis.object('ENCODING', key)).toBe('listpack');
    expect(await redis.ttl(key)).toBeGreaterThan(expiresAfterS - 60);
    expect((await redis.memory('USAGE', key)) ?? Infinity).toBeLessThan(64 * 20);
  });

  it('lie in the database and behind the password of the URL', async () => {
    await redis.flushall();
    const { host } = new URL(stack.urls.REDIS_URL);
    await redis.call('ACL', 'SETUSER', 'till', 'on', '>a/b', '~duplicates/*', '+@all');
    const duplicates = open(`redis://till:a%2Fb@${host}/3`);
    await duplicates.remember([{ place: placed(1), content: content(1) }]);
    expect(await duplicates.find([placed(1)])).toEqual([content(1)]);
    expect(await open().find([placed(1)])).toEqual([undefined]);
    const refused = open(`redis://till:wrong@${host}`).find([placed(1)]);
    await expect(refused).rejects.toBeInstanceOf(DuplicatesUnavailable);
  });

  it('are asked again when the connection breaks', async () => {
    await redis.flushall();
    const duplicates = open();
    await duplicates.remember([{ place: placed(1), content: content(1) }]);
    await redis.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    expect(await duplicates.find([placed(1)])).toEqual([content(1)]);
  });

  it('do not wait for ever for a Redis that hangs, nor take an old answer for a new one', async () => {
    await redis.flushall();
    const duplicates = open();
    await duplicates.remember([{ place: placed(1), content: content(1) }]);
    await redis.client('PAUSE', 3_000);
    await expect(duplicates.find([placed(1)])).rejects.toBeInstanceOf(DuplicatesUnavailable);
    await redis.client('UNPAUSE').catch(() => undefined);
    expect(await duplicates.find([placed(2), placed(1)])).toEqual([undefined, content(1)]);
  });

  it('say that they cannot be asked while Redis is gone', async () => {
    const duplicates = open();
    await stack.kill('redis');
    await expect(duplicates.find([placed(5_000)])).rejects.toBeInstanceOf(DuplicatesUnavailable);
    const entry = { place: placed(5_000), content: content(1) };
    await expect(duplicates.remember([entry])).rejects.toBeInstanceOf(DuplicatesUnavailable);
    await stack.restart('redis');
    await expect.poll(() => redis.status).toBe('ready');
    expect(await duplicates.find([placed(5_000)])).toEqual([undefined]);
  });
});
