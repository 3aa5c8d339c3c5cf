import { describe, expect, it } from 'vitest';
import { createLog } from '../observability/index.ts';
import { Lane } from './lane.ts';
import { OffsetInDoubt } from './offset-requests.ts';
import {
  Halt,
  Rebalanced,
  Refused,
  type InputBatch,
  type PartitionTask,
} from './partition-task.ts';

const limits = { failuresMax: 3, failureDelayMs: 0, failureDelayMsMax: 0 };
const log = createLog({ service: 'test', level: 'silent' });
const heartbeat = (): Promise<void> => Promise.resolve();
const batchAt = (from: number): InputBatch => ({
  from,
  records: [],
  to: from + 1,
  highWatermark: 9,
});

/** A task that writes down the calls and does what the test says, one answer after another. */
function laneOf(
  options: {
    answers?: (() => unknown)[];
    check?: 'lost' | 'done';
    failuresMax?: number;
  } = {},
) {
  const calls: string[] = [];
  const answers = [...(options.answers ?? [])];
  const task: PartitionTask = {
    acquire(reason) {
      calls.push(`acquire ${reason}`);
      return Promise.resolve(5);
    },
    async process(batch, beat) {
      calls.push(`process ${String(batch.from)}`);
      await answers.shift()?.();
      await beat();
      return { type: 'done', position: batch.to };
    },
    check() {
      calls.push('check');
      if (options.check === 'done') return Promise.resolve({ type: 'done', position: 5 });
      return Promise.resolve({ type: 'lost', reason: 'older' });
    },
  };
  const lane = new Lane({
    topic: 'transactions',
    partition: 0,
    task,
    seek: (offset) => calls.push(`seek ${String(offset)}`),
    limits: { ...limits, failuresMax: options.failuresMax ?? limits.failuresMax },
    log,
  });
  return { lane, calls };
}

const fails = (error: Error) => (): never => {
  throw error;
};

describe('a lane', () => {
  it('acquires again, after a pause, when Kafka does not have what it reads', async () => {
    const { lane, calls } = laneOf();
    await lane.acquire({ epoch: 1, reason: 'assigned' });
    await lane.outOfRange(1);
    expect(calls).toEqual(['acquire assigned', 'seek 5', 'acquire out_of_range', 'seek 5']);
    expect(lane.position).toBeUndefined();
  });

  it('gives up when Kafka never has it', async () => {
    const { lane } = laneOf();
    await lane.outOfRange(1);
    await lane.outOfRange(1);
    await expect(lane.outOfRange(1)).rejects.toThrow('failed 3 times in a row');
  });

  it('acquires and seeks before it works anything', async () => {
    const { lane, calls } = laneOf();
    expect(await lane.process(batchAt(0), { epoch: 1, heartbeat })).toBe(5);
    expect(await lane.process(batchAt(5), { epoch: 1, heartbeat })).toBe(6);
    expect(calls).toEqual(['acquire not_acquired', 'seek 5', 'process 5']);
  });

  it('acquires again in a new epoch of the group', async () => {
    const { lane, calls } = laneOf();
    await lane.acquire({ epoch: 1, reason: 'assigned' });
    await lane.process(batchAt(5), { epoch: 2, heartbeat });
    expect(calls).toEqual(['acquire assigned', 'seek 5', 'acquire not_acquired', 'seek 5']);
  });

  it('works no batch but the one at its position', async () => {
    const { lane, calls } = laneOf();
    await lane.acquire({ epoch: 1, reason: 'assigned' });
    await lane.process(batchAt(7), { epoch: 1, heartbeat });
    expect(calls.slice(2)).toEqual(['acquire position', 'seek 5']);
  });

  it('makes one call at a time', async () => {
    const order: string[] = [];
    const slow = async (): Promise<void> => {
      order.push('begins');
      await Promise.resolve();
      order.push('ends');
    };
    const { lane } = laneOf({ answers: [slow, slow] });
    await lane.acquire({ epoch: 1, reason: 'assigned' });
    await Promise.all([5, 6].map((from) => lane.process(batchAt(from), { epoch: 1, heartbeat })));
    expect(order).toEqual(['begins', 'ends', 'begins', 'ends']);
  });

  it('acquires again when an idle check finds it lost', async () => {
    const { lane, calls } = laneOf();
    await lane.acquire({ epoch: 1, reason: 'assigned' });
    await lane.checkIfIdle(1);
    expect(calls.slice(2)).toEqual(['check', 'acquire lost', 'seek 5']);
  });

  it('is sent to its position again while nothing comes from there', async () => {
    const { lane, calls } = laneOf({ check: 'done' });
    await lane.acquire({ epoch: 1, reason: 'assigned' });
    const seeks = () => calls.filter((call) => call === 'seek 5').length;
    for (let check = 1; check <= 12; check++) await lane.checkIfIdle(1);
    expect(seeks()).toBe(3);
    await lane.process(batchAt(5), { epoch: 1, heartbeat });
    for (let check = 1; check <= 12; check++) await lane.checkIfIdle(1);
    expect(seeks()).toBe(3);
  });

  it('acquires again after a failure, and gives up after too many in a row', async () => {
    const broken = fails(new Error('broken'));
    const { lane, calls } = laneOf({ answers: [broken, broken, broken] });
    await lane.acquire({ epoch: 1, reason: 'assigned' });
    const attempt = () => lane.process(batchAt(5), { epoch: 1, heartbeat });
    for (let failure = 1; failure < limits.failuresMax; failure++) {
      expect(await attempt()).toBeUndefined();
      expect(await attempt()).toBe(5);
    }
    await expect(attempt()).rejects.toThrow('failed 3 times in a row');
    expect(calls.filter((call) => call === 'process 5')).toHaveLength(3);
  });

  it('says why it fails, from the third time in a row until it gets on', async () => {
    const broken = fails(new Error('broken', { cause: new Error('no room') }));
    const { lane } = laneOf({ answers: [broken, broken, broken], failuresMax: 4 });
    await lane.acquire({ epoch: 1, reason: 'assigned' });
    const problems: (string | undefined)[] = [];
    for (let attempt = 1; attempt <= 7; attempt++) {
      await lane.process(batchAt(5), { epoch: 1, heartbeat });
      problems.push(lane.problem);
    }
    const sentence = 'transactions/0 failed 3 times in a row: broken: no room.';
    const none = undefined;
    expect(problems).toEqual([none, none, none, none, sentence, sentence, none]);
  });

  it('waits as long as it is refused, and says so', async () => {
    const refused = fails(new Refused('Redis refuses to write: it is a replica.'));
    const { lane } = laneOf({ answers: Array.from({ length: 9 }, () => refused) });
    await lane.acquire({ epoch: 1, reason: 'assigned' });
    for (let attempt = 1; attempt <= 18; attempt++) {
      await lane.process(batchAt(5), { epoch: 1, heartbeat });
      expect(lane.problem).toBe('Redis refuses to write: it is a replica.');
    }
    expect(await lane.process(batchAt(5), { epoch: 1, heartbeat })).toBe(6);
    expect(lane.problem).toBeUndefined();
  });

  it('lets a halt through at once', async () => {
    const { lane } = laneOf({ answers: [fails(new Halt('records were deleted'))] });
    await lane.acquire({ epoch: 1, reason: 'assigned' });
    await expect(lane.process(batchAt(5), { epoch: 1, heartbeat })).rejects.toThrow(Halt);
  });

  it('lets a commit through that Kafka has not answered: the process must not acquire again', async () => {
    const { lane, calls } = laneOf({ answers: [fails(new OffsetInDoubt('no answer'))] });
    await lane.acquire({ epoch: 1, reason: 'assigned' });
    const attempt = lane.process(batchAt(5), { epoch: 1, heartbeat });
    await expect(attempt).rejects.toThrow(OffsetInDoubt);
    expect(calls.slice(2)).toEqual(['process 5']);
  });

  it('tells the group of a rebalance that a heartbeat met, which is no failure of the partition', async () => {
    const { lane, calls } = laneOf();
    await lane.acquire({ epoch: 1, reason: 'assigned' });
    const rebalance = new Rebalanced(new Error('the group is rebalancing'));
    for (let round = 0; round < limits.failuresMax + 1; round++) {
      const at = { epoch: 1, heartbeat: fails(rebalance) };
      await expect(lane.process(batchAt(5), at)).rejects.toBe(rebalance);
      await lane.process(batchAt(5), { epoch: 1, heartbeat });
    }
    expect(calls.slice(2, 5)).toEqual(['process 5', 'acquire not_acquired', 'seek 5']);
  });
});
