import { partitionKey } from '@semarak/infra/state-store';
import type { TopicName } from '@semarak/schemas';
import { Redis } from 'ioredis';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyLog, cutLog, restoreLog, type CutOff } from '../system/cut-log.ts';
import { runRebuild } from '../system/rebuild.ts';
import { runSimulator } from '../system/simulator.ts';
import { readTopic } from '../system/topic.ts';
import { until } from '../system/until.ts';
import { seed } from './chance.ts';
import { expectExact } from './expect-exact.ts';
import { startFaultySystem, type FaultySystem } from './faulty-system.ts';
import { closedGate, cutPower, hold } from './power.ts';

const portBase = 23_400;
const saidWithinMs = 60_000;
const grownWithinMs = 30_000;
/** Kafka waits a minute for a member that was killed while it joined its group. */
const settledAfterMs = '120000';
/** Batches at the end of a partition that were not on disk. */
const batchesLost = 2;

/** A partition, and what of it was lost: from the first offset to before its old end. */
interface Lost {
  readonly topic: TopicName;
  readonly partition: number;
  readonly from: number;
  readonly end: number;
}

describe(`the power cut, and the end of a log with it (FAULTS_SEED=${seed})`, () => {
  let system: FaultySystem;
  beforeAll(async () => {
    system = await startFaultySystem({ portBase, env: {} });
    await sells(seed);
    await system.progress.allReached();
  });
  afterAll(async () => {
    await system.close();
  });

  /** Sends sales, refunds and voids; the same seed sends the same again. All must show as the sender counts them. */
  async function sells(ofSeed: number): Promise<void> {
    const { exitCode, output } = await simulated(ofSeed, { SETTLED_AFTER_MS: settledAfterMs });
    expect(exitCode, output).toBe(0);
  }

  /** Sends the same, and looks for nothing: what would show it is held. */
  async function sends(ofSeed: number): Promise<void> {
    const { output } = await simulated(ofSeed, {
      VISIBLE_MS_MAX: '1000',
      SETTLED_AFTER_MS: '1000',
    });
    expect(output).toContain('accepted');
  }

  const simulated = (ofSeed: number, env: Readonly<Record<string, string>>) =>
    runSimulator(
      system,
      [
        ...['load', '--seed', String(ofSeed), '--transactions', '300', '--members', '60'],
        ...['--share', 'refunds=0.08', '--share', 'voids=0.02'],
      ],
      { POSTING_LANES: '2', POSTING_LINES_MAX: '20', ...env },
    ).ended;

  /** The partition of a topic that has the most records. */
  async function longest(topic: TopicName): Promise<{ partition: number; end: number }> {
    const ends = (await system.admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({
      partition,
      end: Number(high),
    }));
    return ends.reduce((a, b) => (b.end > a.end ? b : a));
  }

  async function endOf(of: { topic: TopicName; partition: number }): Promise<number> {
    const ends = await system.admin.fetchTopicOffsets(of.topic);
    return Number(ends.find(({ partition }) => partition === of.partition)?.high);
  }

  /** To be called while all is dead. */
  async function loses(
    topic: TopicName,
    at: { partition: number; end: number },
    off: CutOff = { batches: batchesLost },
  ): Promise<Lost> {
    const of = { dataDir: system.dataDir, topic, partition: at.partition };
    await copyLog(of, copyOf({ topic, ...at }));
    return { topic, ...at, from: await cutLog({ ...of, off }) };
  }

  const restored = ({ topic, partition }: Lost): Promise<void> =>
    restoreLog({ dataDir: system.dataDir, topic, partition }, copyOf({ topic, partition }));

  const copyOf = ({ topic, partition }: { topic: TopicName; partition: number }): string =>
    join(system.dataDir, `copy-of-${topic}-${partition}`);

  const says = (name: string, sentence: RegExp | string): Promise<void> =>
    until(`${name} says ${String(sentence)}`, saidWithinMs, () => {
      const log = system.log(name);
      return typeof sentence === 'string' ? log.includes(sentence) : sentence.test(log);
    });

  it('takes in again what nobody had read, once it is sent again', async () => {
    const readers = ['accrual', 'projector'] as const;
    const gate = closedGate();
    try {
      for (const name of readers) await hold(system, name, gate);
      await sends(seed + 1);
      const most = await longest('transactions');
      let lost: Lost | undefined;
      await cutPower(system, async () => {
        lost = await loses('transactions', most);
      });
      if (lost === undefined) throw new Error('nothing was lost');
      expect(await positionOf('accrual', lost.partition)).toBeLessThanOrEqual(lost.from);
      expect(await endOf(lost)).toBe(lost.from);
      await says(
        'gateway',
        `transactions/${lost.partition} has lost records that were answered as accepted, of the offsets from ${lost.from} to `,
      );
    } finally {
      gate.open();
    }
    await system.progress.allReached();
    await sells(seed + 1);
    await system.progress.allReached();
    await expectExact(system);
  });

  it('halts by name where effects are ahead of their log, and is exact once it is restored', async () => {
    await system.progress.allReached();
    const sales = await longest('transactions');
    const gate = closedGate();
    let lost: Lost | undefined;
    try {
      const services = ['accrual', 'projector'];
      await cutPower(
        system,
        async () => {
          lost = await loses('transactions', sales);
        },
        { services, gate },
      );
      // The log is longer than it was when they look at it.
      await sends(seed + 2);
      await until('the log has grown beyond what was lost', grownWithinMs, async () => {
        return (await endOf({ topic: 'transactions', ...sales })) > sales.end;
      });
    } finally {
      gate.open();
    }
    const grown = lostOf(lost);
    const again =
      `transactions/${grown.partition} is processed up to and with ${grown.end - 1}, but has another record there: the log ` +
      `has lost the records from ${grown.from} to ${grown.end - 1} and has grown again`;
    await Promise.all([says('accrual', again), says('projector', again)]);

    await cutPower(system, () => restored(grown));
    await sells(seed + 2);
    // Whoever has something left to take in would append to a log that is restored below.
    await system.progress.allReached();

    const events = await longest('loyalty-events');
    const rights = await longest('entitlements');
    const derived: Lost[] = [];
    await cutPower(system, async () => {
      derived.push(await loses('loyalty-events', events));
      derived.push(await loses('entitlements', rights));
    });
    await Promise.all([
      ...derived.map(({ topic, partition, from }) =>
        says(
          topic === 'entitlements' ? 'rewards' : 'projector',
          new RegExp(
            `${topic}/${partition} is processed up to \\d+ but ends at ${from}: the log has lost the records from ${from} to \\d+`,
          ),
        ),
      ),
      says('accrual', gone(derived)),
    ]);

    await cutPower(system, async () => {
      for (const one of derived) await restored(one);
    });
    await sells(seed + 2);
    await system.progress.allReached();
    await expectExact(system);
  });

  it('makes what was derived and both stores anew where there is no copy, and tells what changed', async () => {
    await system.progress.allReached();
    const ends = await Promise.all(
      (['loyalty-events', 'reward-events'] as const).map(
        async (topic) => [topic, await longest(topic)] as const,
      ),
    );
    const rights = await longest('entitlements');
    const written = await readTopic('entitlements', system);
    const sales = await system.admin.fetchTopicOffsets('transactions');
    const gate = closedGate();
    const services = ['accrual', 'rewards', 'projector'];
    try {
      const cut = async (): Promise<void> => {
        for (const [topic, at] of ends) await loses(topic, at);
        const { partition, from } = await loses('entitlements', rights);
        const left = written.filter((one) => one.partition !== partition || one.offset < from);
        const { sourcePartition, sourceOffset } = newestGrant(left);
        const { high } = sales.find((one) => one.partition === sourcePartition) ?? { high: '0' };
        const at = { partition: sourcePartition, end: Number(high) };
        await loses('transactions', at, { fromOffset: sourceOffset });
      };
      await cutPower(system, cut, { services, gate });
      // Other sales take the offsets of those that were lost.
      await sends(seed + 3);
      const asked = await runRebuild(system, ['all']).ended;
      expect(asked.output).toMatch(
        /entitlements differ from transactions: \d+ rights have no sale/,
      );
      expect(asked.output).toContain('Nothing was changed');
      expect(asked.exitCode).toBe(1);
      const corrected = await runRebuild(system, ['all', '--correct']).ended;
      expect(corrected.exitCode, corrected.output).toBe(0);
      expect(corrected.output).toMatch(/accrual: loyalty-events and states made anew/);
      expect(corrected.output).toMatch(/rewards: reward-events and states made anew/);
    } finally {
      gate.open();
    }
    await system.progress.allReached();
    await expectExact(system);
    for (const sent of [seed, seed + 1, seed + 2]) await sends(sent);
    await sells(seed + 3);
    await system.progress.allReached();
    await expectExact(system);
  });

  async function positionOf(worker: string, partition: number): Promise<number> {
    const redis = new Redis(system.redisUrl);
    try {
      return Number(await redis.hget(partitionKey({ worker, partition }), 'position'));
    } finally {
      redis.disconnect();
    }
  }
});

/** Of what was given and never taken back the one whose source has the highest offset. */
function newestGrant(records: Awaited<ReturnType<typeof readTopic>>) {
  const given = new Map<string, { sourcePartition: number; sourceOffset: number }>();
  for (const { record } of records) {
    const { type, value } = record;
    if (type === 'DrawTicketEarned' || type === 'GiftEntitled')
      given.set(`${value.campaign} ${value.transactionId}`, value);
    if (type === 'DrawTicketForfeited' || type === 'GiftWithdrawn')
      given.delete(`${value.campaign} ${value.transactionId}`);
  }
  const [newest] = [...given.values()].sort((a, b) => b.sourceOffset - a.sourceOffset);
  if (newest === undefined) throw new Error('nothing was given');
  return newest;
}

function lostOf(lost: Lost | undefined): Lost {
  if (lost === undefined) throw new Error('nothing was lost');
  return lost;
}

/** Whoever of a worker's partitions acquires first ends it, with what it has written. */
const gone = (lost: readonly Lost[]): RegExp =>
  new RegExp(
    `no longer in the log: .*(${lost.map(({ topic, partition }) => `${topic}/${partition} at \\d`).join('|')})`,
  );
