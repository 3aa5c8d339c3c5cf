import { createLog } from '@semarak/infra/observability';
import { createRedis, partitionKey, type StateRedis } from '@semarak/infra/state-store';
import { decodeState, encodeState } from '@semarak/programme';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runRebuild } from '../system/rebuild.ts';
import { runSimulator } from '../system/simulator.ts';
import { startSystem, type System } from '../system/system.ts';
import { until } from '../system/until.ts';
import { runVerify } from '../system/verify.ts';

const portBase = 21_950;
const log = createLog({ service: 'test', level: 'silent' });

let system: System;
let redis: StateRedis;

beforeAll(async () => {
  system = await startSystem({ portBase });
  redis = createRedis({ url: system.redisUrl, timeoutMs: 10_000, log });
  await load(['--transactions', '1500', '--days', '20', '--seed', '7']);
});
afterAll(async () => {
  redis.disconnect();
  await system.close();
});

async function load(args: readonly string[]): Promise<void> {
  const { exitCode, output } = await runSimulator(system, ['load', ...args]).ended;
  expect(exitCode, output).toBe(0);
}

/** Gives a hundred points to the first member of each partition, and forgets the second. */
async function damage(): Promise<void> {
  for (let partition = 0; partition < 8; partition++) {
    let damaged = 0;
    for (const key of await redis.keys(`${partitionKey({ worker: 'accrual', partition })}:*`))
      for (const [name, bytes] of Object.entries(await redis.hgetallBuffer(key))) {
        if (!/^pacific-place\/[^/]+$/.test(name) || damaged === 2) continue;
        const state = decodeState(bytes);
        if (damaged++ === 0) {
          state.end.balance += 100;
          await redis.hset(key, name, Buffer.from(encodeState(state)));
        } else await redis.hdel(key, name);
      }
  }
}

const freshKeys = () => redis.keys('*~fresh*');

describe('npm run rebuild -- redis', () => {
  it('says what it takes', async () => {
    const { exitCode, output } = await runRebuild(system, ['everything']).ended;
    expect(output).toContain('What is to be made anew');
    expect(exitCode).toBe(2);
  });

  it('is refused for all of it while the services run', async () => {
    const env = { WORKERS_LEFT_MS_MAX: '0' };
    const { exitCode, output } = await runRebuild(system, ['all'], env).ended;
    expect(output).toContain('accrual, rewards, projector must not run meanwhile');
    expect(exitCode).toBe(1);
  });

  it('puts right what was damaged, killed once on the way', async () => {
    await damage();
    const before = await runVerify(system);
    expect(before.output).toMatch(/^redis accrual /m);
    expect(before.exitCode).toBe(1);

    const killed = runRebuild(system, ['redis']);
    await until('fresh states', 30_000, async () => (await freshKeys()).length > 0, 5);
    if (killed.process.pid !== undefined) process.kill(-killed.process.pid, 'SIGKILL');
    await killed.ended;

    await rebuild();
    await expectEqual();
  });

  it('is done while the system goes on', async () => {
    await Promise.all([rebuild(), load(['--transactions', '3000', '--seed', '8'])]);
    await expectEqual();
  });
});

async function rebuild(): Promise<void> {
  const { exitCode, output } = await runRebuild(system, ['redis']).ended;
  expect(output).toMatch(/accrual: states made anew from \d+ records/);
  expect(output).toMatch(/rewards: states made anew from \d+ records/);
  expect(exitCode).toBe(0);
  expect(await freshKeys()).toEqual([]);
}

async function expectEqual(): Promise<void> {
  const { exitCode, output } = await runVerify(system);
  expect(output).toContain('Everything is equal.');
  expect(exitCode).toBe(0);
}
