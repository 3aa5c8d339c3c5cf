import { partitionOf } from '@semarak/infra/kafka';
import { serverPorts, startLocalStack, type LocalStack } from '@semarak/infra/local-stack';
import { createLog } from '@semarak/infra/observability';
import { createRedis, RedisPartitionStore, type StateRedis } from '@semarak/infra/state-store';
import { compileRules, decide, encodeState, initialState } from '@semarak/programme';
import { isoDate, memberKey, programmeFiles, readProgramme } from '@semarak/schemas';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ports = serverPorts(21_700);
const log = createLog({ service: 'test', level: 'silent' });
const members = 100_000;
const partitions = 8;
const statesPerCommit = 1000;
const programme = 'pacific-place';

let dataDir: string;
let stack: LocalStack;
let redis: StateRedis;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'semarak-state-size-'));
  stack = await startLocalStack({
    dataDir,
    ports,
    keys: { analyst: 'a-password' },
    servers: ['redis'],
  });
  redis = createRedis({ url: stack.urls.REDIS_URL, timeoutMs: 20_000, log });
});

afterAll(async () => {
  redis.disconnect();
  await stack.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Numbers from 0 on below 1, the same at every run. */
let seed = 1;
const random = (): number => {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
  return seed / 2 ** 32;
};
const below = (bound: number): number => Math.floor(random() * bound);

const dayMs = 86_400_000;
const opening = Date.UTC(2014, 11, 1) - 7 * 3_600_000;
const document = programmeFiles()
  .map(readProgramme)
  .find((each) => each.programme === programme);
const rules = compileRules(document === undefined ? [] : [document]);

/** An enrolled member with three sales as tills send them: any second, any amount, a moment late. */
function shopper(memberId: string): Uint8Array {
  const state = initialState();
  const enrolledAt = opening + 10 * 3_600_000 + below(dayMs);
  const enrolment = { programme, memberId, enrolledAt, receivedAt: enrolledAt + 200 };
  decide(state, { type: 'MemberEnrolled', value: enrolment }, rules);
  const days = [1 + below(10), 11 + below(10), 21 + below(10)];
  for (const day of days) {
    const businessDay = Math.floor(opening / dayMs) + 1 + day;
    const shop = String(1 + below(60)).padStart(3, '0');
    const occurredAt = opening + day * dayMs + 10 * 3_600_000 + below(12 * 3600) * 1000;
    const value = {
      programme,
      memberId,
      transactionId: `PP-T${shop}/${isoDate(businessDay)}/${String(1 + below(2000))}`,
      type: 'sale' as const,
      tenantId: `PP-${shop}`,
      businessDay,
      amount: (100 + below(4000)) * 1000 + (random() < 0.3 ? below(1000) : 0),
      currency: 'IDR',
      occurredAt,
      receivedAt: occurredAt + below(5000),
      originalId: null,
    };
    decide(state, { type: 'TransactionRecorded', value }, rules);
  }
  expect(state.sales).toHaveLength(3);
  return encodeState(state);
}

it(`a member with three sales takes at most 200 bytes of Redis, over ${String(members)}`, async () => {
  const changes = Array.from({ length: partitions }, (): [string, Uint8Array][] => []);
  let encoded = 0;
  for (let index = 0; index < members; index++) {
    const memberId = `PP-${String(index).padStart(6, '0')}`;
    const name = memberKey({ programme, memberId });
    const state = shopper(memberId);
    encoded += state.length;
    changes[partitionOf({ key: name, partitions })]?.push([name, state]);
  }
  for (const [partition, states] of changes.entries()) {
    const store = new RedisPartitionStore(redis, { worker: 'accrual', partition });
    await store.acquire('mine');
    for (let from = 0; from < states.length; from += statesPerCommit) {
      const batch = states.slice(from, from + statesPerCommit);
      const to = from + batch.length;
      const commit = { from, to, token: 'mine', filter: '', last: '', changes: batch };
      expect(await store.commit(commit)).toBe('committed');
    }
  }
  const keys = await redis.keys('{accrual:*');
  let bytes = 0;
  for (const key of keys) bytes += (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
  const perMember = bytes / members;
  console.info(
    `${perMember.toFixed(1)} bytes a member, ${(encoded / members).toFixed(1)} of them the state, in ${String(keys.length)} keys`,
  );
  expect(perMember).toBeLessThanOrEqual(200);
});
