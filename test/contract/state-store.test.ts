import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverPorts, startLocalStack, type LocalStack } from '@semarak/infra/local-stack';
import { createLog } from '@semarak/infra/observability';
import {
  bucketOf,
  createRedis,
  MemoryPartitionStore,
  partitionKey,
  readStates,
  RedisPartitionStore,
  StoreUnavailable,
  type Commit,
  type PartitionStore,
  type StateRedis,
} from '@semarak/infra/state-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ports = serverPorts(21500);
const log = createLog({ service: 'test', level: 'silent' });

let dataDir: string;
let stack: LocalStack;
let redis: StateRedis;
let partitions = 0;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'semarak-state-store-'));
  const keys = { analyst: 'a-password' };
  stack = await startLocalStack({ dataDir, ports, keys, servers: ['redis'] });
  redis = createRedis({ url: stack.urls.REDIS_URL, timeoutMs: 5_000, log });
});

afterAll(async () => {
  redis.disconnect();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const commitOf = (changed: Partial<Commit> = {}): Commit => ({
  from: 0,
  to: 10,
  token: 'mine',
  filter: 'transactions/0:9:0',
  last: '9:0:0a',
  changes: [['mall/m1', Buffer.from('one')]],
  ...changed,
});

describe.each<{ name: string; make: () => PartitionStore }>([
  { name: 'memory', make: () => new MemoryPartitionStore() },
  {
    name: 'Redis',
    make: () => new RedisPartitionStore(redis, { worker: 'contract', partition: partitions++ }),
  },
])('a partition’s store in $name', ({ make }) => {
  /** A store of which the process `mine` has committed up to 10. */
  async function committed(): Promise<PartitionStore> {
    const store = make();
    await store.acquire('mine');
    expect(await store.commit(commitOf())).toBe('committed');
    return store;
  }

  it('begins at position 0, with an empty filter, without owner and states', async () => {
    const store = make();
    expect(await store.load(['a'])).toEqual({ position: 0, token: '', states: [null] });
    expect(await store.acquire('mine')).toEqual({ position: 0, filter: '', last: '' });
  });

  it('gives states, position and owner as of one moment, in the order of the names', async () => {
    const store = await committed();
    const { position, token, states } = await store.load(['unknown', 'mall/m1', 'mall/m1']);
    expect({ position, token }).toEqual({ position: 10, token: 'mine' });
    expect(states.map((state) => state?.toString())).toEqual([undefined, 'one', 'one']);
  });

  it('hands position and filter to the next owner', async () => {
    const store = await committed();
    expect(await store.acquire('next')).toEqual({
      position: 10,
      filter: 'transactions/0:9:0',
      last: '9:0:0a',
    });
    expect((await store.load([])).token).toBe('next');
  });

  it.each<{ name: string; commit: Commit; outcome: string }>([
    { name: 'the next batch', commit: commitOf({ from: 10, to: 20 }), outcome: 'committed' },
    { name: 'the same batch again', commit: commitOf(), outcome: 'repeated' },
    {
      name: 'another’s next batch',
      commit: commitOf({ from: 10, to: 20, token: 'other' }),
      outcome: 'lost',
    },
    { name: 'another’s same batch', commit: commitOf({ token: 'other' }), outcome: 'lost' },
    { name: 'a batch from before', commit: commitOf({ from: 0, to: 5 }), outcome: 'lost' },
    { name: 'a batch from beyond', commit: commitOf({ from: 11, to: 20 }), outcome: 'lost' },
    { name: 'an empty owner', commit: commitOf({ from: 10, to: 20, token: '' }), outcome: 'lost' },
  ])('answers $outcome to $name', async ({ commit, outcome }) => {
    const store = await committed();
    const before = await store.load(['mall/m1']);
    const changes = [['mall/m1', Buffer.from('two')]] as const;
    expect(await store.commit({ ...commit, filter: 'changed', changes })).toBe(outcome);
    const after = await store.load(['mall/m1']);
    if (outcome === 'committed') {
      expect(after).toEqual({ position: 20, token: 'mine', states: [Buffer.from('two')] });
      expect((await store.acquire('next')).filter).toBe('changed');
    } else {
      expect(after).toEqual(before);
      expect((await store.acquire('next')).filter).toBe('transactions/0:9:0');
    }
  });

  it('refuses a commit when nobody has acquired', async () => {
    expect(await make().commit(commitOf())).toBe('lost');
  });

  it('lets the former owner neither commit nor repeat once another has acquired', async () => {
    const store = await committed();
    await store.acquire('next');
    expect(await store.commit(commitOf())).toBe('lost');
    expect(await store.commit(commitOf({ from: 10, to: 20 }))).toBe('lost');
  });

  it('moves the position of a batch that changes no state', async () => {
    const store = await committed();
    expect(await store.commit(commitOf({ from: 10, to: 11, changes: [] }))).toBe('committed');
    expect((await store.load([])).position).toBe(11);
  });

  it('keeps any bytes under any name, apart from each other', async () => {
    const store = make();
    await store.acquire('mine');
    const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const changes = [
      ['', everyByte],
      ['mall/m1', new Uint8Array(0)],
      ['mall/ü€😀', everyByte.subarray(7, 9)],
      ['position', Buffer.from('a state, not the position')],
    ] as const;
    await store.commit(commitOf({ changes }));
    const { states, position } = await store.load(changes.map(([name]) => name));
    expect(states).toEqual(changes.map(([, bytes]) => Buffer.from(bytes)));
    expect(position).toBe(10);
  });

  it('takes what it was given, not what the caller makes of it afterwards', async () => {
    const store = make();
    await store.acquire('mine');
    const bytes = Buffer.from('one');
    await store.commit(commitOf({ changes: [['a', bytes]] }));
    bytes.fill(0);
    expect((await store.load(['a'])).states).toEqual([Buffer.from('one')]);
  });

  it('commits and loads a large batch whole', async () => {
    const store = make();
    await store.acquire('mine');
    const changes = Array.from(
      { length: 20_000 },
      (_, n) => [`mall/${String(n)}`, Buffer.from(`state ${String(n)}`)] as const,
    );
    expect(await store.commit(commitOf({ to: 2 ** 40, changes }))).toBe('committed');
    const { position, states } = await store.load(changes.map(([name]) => name));
    expect(position).toBe(2 ** 40);
    expect(states.every((state, n) => state?.toString() === `state ${String(n)}`)).toBe(true);
  });
});

describe('Redis beside the contract', () => {
  const acquired = async () => {
    const at = { worker: 'contract', partition: partitions++ };
    const store = new RedisPartitionStore(redis, at);
    await store.acquire('mine');
    return { store, key: partitionKey(at) };
  };

  it('has the documented layout, which a reader beside the owner can use', async () => {
    const { store, key } = await acquired();
    await store.commit(commitOf());
    expect(key).toMatch(/^\{contract:\d+\}$/);
    expect(await redis.hgetall(key)).toEqual({
      position: '10',
      token: 'mine',
      filter: 'transactions/0:9:0',
      last: '9:0:0a',
    });
    expect(await redis.hget(`${key}:${String(bucketOf('mall/m1'))}`, 'mall/m1')).toBe('one');
    expect(await readStates(redis, { key, names: ['mall/m1'] })).toMatchObject({
      position: 10,
      states: [Buffer.from('one')],
    });
  });

  it('keeps hashes of small states in their compact form', async () => {
    const { store, key } = await acquired();
    const changes = Array.from(
      { length: 1_000 },
      (_, n) => [`mall/${String(n)}`, Buffer.alloc(300, 1)] as const,
    );
    await store.commit(commitOf({ changes }));
    const buckets = await redis.keys(`${key.replaceAll(/[{}]/g, '?')}:*`);
    expect(buckets.length).toBeGreaterThan(500);
    const [first = ''] = buckets;
    expect(await redis.object('ENCODING', first)).toBe('listpack');
  });

  it('finds everything again after Redis was restarted, and goes on', async () => {
    const { store } = await acquired();
    await store.commit(commitOf());
    await redis.call('WAITAOF', 1, 0, 5_000).catch(() => undefined);
    await stack.restart('redis');
    expect((await store.load(['mall/m1'])).states).toEqual([Buffer.from('one')]);
    expect(await store.commit(commitOf({ from: 10, to: 20 }))).toBe('committed');
  });

  it('recognises a commit that the client sends again after the connection broke', async () => {
    const { store } = await acquired();
    const breaker = createRedis({ url: stack.urls.REDIS_URL, timeoutMs: 5_000, log });
    const positions = new Set<string>();
    let position = 0;
    for (let round = 0; round < 20; round++) {
      const commit = commitOf({ from: position, to: position + 1 });
      const [outcome] = await Promise.all([
        store.commit(commit),
        breaker.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
      ]);
      positions.add(outcome);
      position++;
      expect((await store.load([])).position).toBe(position);
    }
    expect([...positions].filter((outcome) => outcome === 'lost')).toEqual([]);
    breaker.disconnect();
  });

  it('fails within its time when Redis does not answer', async () => {
    const impatient = createRedis({ url: stack.urls.REDIS_URL, timeoutMs: 300, log });
    const store = new RedisPartitionStore(impatient, { worker: 'contract', partition: 0 });
    await store.acquire('mine');
    await redis.client('PAUSE', 1_500, 'ALL');
    const began = performance.now();
    await expect(store.load([])).rejects.toThrow(StoreUnavailable);
    expect(performance.now() - began).toBeLessThan(1_400);
    impatient.disconnect();
    await redis.client('UNPAUSE');
  });
});
