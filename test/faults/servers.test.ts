import { Redis } from 'ioredis';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readTopic } from '../system/topic.ts';
import { until } from '../system/until.ts';
import { seed } from './chance.ts';
import { expectExact } from './expect-exact.ts';
import { startFaultySystem, type FaultySystem, type Life } from './faulty-system.ts';
import { startLoad, type Load } from './load.ts';
import { workers, type OpenRange } from './progress.ts';

const portBase = 23_200;
const insertsMsMax = 3_000;
const stopsMax = 10;
const loadedMsMax = 60_000;

describe(`a server killed or robbed under load (FAULTS_SEED=${seed})`, () => {
  let system: FaultySystem;
  let load: Load;
  let loads = 0;
  beforeAll(async () => {
    system = await startFaultySystem({ portBase, env: {} });
  });
  afterAll(async () => {
    await system.close();
  });
  beforeEach(async () => {
    load = startLoad(system, { seed: seed + 1_000 * loads++ });
    await moreTransactions(500);
  });
  afterEach(async () => {
    await load.stop();
  });

  /** Resolves when the log has so many transactions more than now. */
  async function moreTransactions(count: number): Promise<void> {
    const length = async () =>
      (await system.progress.endsOf('accrual')).reduce((sum, { end }) => sum + end, 0);
    const enough = (await length()) + count;
    await until(`${count} more transactions`, loadedMsMax, async () => (await length()) >= enough);
  }

  /** Waits until everything answers and has taken in what was in the logs, says how long it took, recounts. */
  async function comesBack(what: string, since: number): Promise<void> {
    await until('Kafka answers', loadedMsMax, async () => {
      try {
        return (await system.progress.endsOf('accrual')).length > 0;
      } catch {
        return false;
      }
    });
    await system.progress.allReached();
    await until('the gateway is healthy', loadedMsMax, () => system.answers('gateway'));
    const seconds = ((performance.now() - since) / 1_000).toFixed(1);
    console.log(`${what}: everything taken in again after ${seconds} s`);
    await load.stop();
    await expectExact(system);
  }

  /**
   * Has ClickHouse stand still while the projector waits for an insert; the ranges that are open. The
   * load may pause just then, so it is tried again.
   */
  async function stoppedWithOpenInserts({ pid }: Life): Promise<OpenRange[]> {
    for (let attempt = 1; attempt <= stopsMax; attempt++) {
      await moreTransactions(50);
      process.kill(pid, 'SIGSTOP');
      let ranges: OpenRange[] = [];
      const isOpen = until('inserts are open', insertsMsMax, async () => {
        ranges = await system.progress.openRanges();
        return ranges.length > 0;
      });
      if (await isOpen.then(() => true).catch(() => false)) return ranges;
      process.kill(pid, 'SIGCONT');
    }
    throw new Error(`no insert was open when ClickHouse stood still ${stopsMax} times`);
  }

  it('Redis killed', async () => {
    await system.kill(await system.life('redis'));
    await comesBack('Redis killed', performance.now());
  });

  it('Redis flushed', async () => {
    const redis = new Redis(system.redisUrl);
    await redis.flushall();
    redis.disconnect();
    await comesBack('Redis flushed', performance.now());
  });

  it('Redis restored from an older copy', async () => {
    const files = join(system.dataDir, 'redis', 'appendonlydir');
    const copy = join(system.dataDir, 'redis-copy');
    cpSync(files, copy, { recursive: true });
    await moreTransactions(2_000);
    system.prepareNext('redis', {
      before() {
        rmSync(files, { recursive: true });
        cpSync(copy, files, { recursive: true });
        return Promise.resolve();
      },
    });
    await system.kill(await system.life('redis'));
    await comesBack('Redis of 2,000 transactions ago', performance.now());
  });

  it('Kafka killed', async () => {
    await system.kill(await system.life('kafka'));
    await comesBack('Kafka killed', performance.now());
  });

  it('ClickHouse killed in the middle of inserts over two months', async () => {
    const open: OpenRange[] = [];
    let since = performance.now();
    for (let kills = 0; kills < 3; kills++) {
      const server = await system.life('clickhouse');
      open.push(...(await stoppedWithOpenInserts(server)));
      await system.kill(server);
      since = performance.now();
      await system.progress.reached('projector', await system.progress.endsOf('projector'));
    }
    await comesBack('ClickHouse killed the third time', since);
    expect(await monthsTogether(system, open)).toBeGreaterThan(1);
  });

  it('the registry killed, and workers that need it to start', async () => {
    const since = performance.now();
    await Promise.all(
      (['registry', 'gateway', ...workers] as const).map(async (name) =>
        system.kill(await system.life(name)),
      ),
    );
    await comesBack('the registry and all workers killed', since);
  });
});

/** The most months to which the records of one of these ranges belong. */
async function monthsTogether(system: FaultySystem, ranges: readonly OpenRange[]): Promise<number> {
  const months = new Map<OpenRange, Set<string>>();
  for (const { partition, offset, record } of await readTopic('transactions', system)) {
    if (record.type !== 'TransactionRecorded') continue;
    const month = new Date(record.value.occurredAt).toISOString().slice(0, 7);
    for (const range of ranges)
      if (range.partition === partition && range.from <= offset && offset < range.to)
        months.set(range, (months.get(range) ?? new Set()).add(month));
  }
  return Math.max(0, ...[...months.values()].map((set) => set.size));
}
