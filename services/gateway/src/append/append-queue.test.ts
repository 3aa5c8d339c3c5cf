import { LogUnavailable, type OutputRecord } from '@semarak/infra/kafka';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppendQueue, type AppendLimits } from './append-queue.ts';

const limits: AppendLimits = {
  queueRecordsMax: 100,
  appendRecordsMax: 10,
  appendBytesMax: 200,
  lanes: 2,
  lingerMs: 2,
  waitMsMax: 1_000,
};

const record = (partition: number, key: string): OutputRecord => ({
  topic: 'transactions',
  partition,
  key,
  value: Buffer.from(key),
});

/** A log whose answers come when the test says so. */
class FakeLog {
  readonly appends: (readonly OutputRecord[])[] = [];
  #acknowledged = 0;
  readonly #answers: {
    resolve: (offsets: readonly number[]) => void;
    reject: (error: Error) => void;
  }[] = [];

  append(records: readonly OutputRecord[]): Promise<readonly number[]> {
    this.appends.push(records);
    return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }));
  }

  async acknowledge(): Promise<void> {
    const all = this.appends.slice(0, ++this.#acknowledged).flat();
    const last = this.appends[this.#acknowledged - 1] ?? [];
    const from = all.length - last.length;
    this.#answers.shift()?.resolve(last.map((_, index) => from + index));
    await vi.advanceTimersByTimeAsync(0);
  }

  async refuse(): Promise<void> {
    this.#answers.shift()?.reject(new LogUnavailable('no'));
    await vi.advanceTimersByTimeAsync(0);
  }

  keys(): string[][] {
    return this.appends.map((records) => records.map(({ key }) => String(key)));
  }
}

describe('AppendQueue', () => {
  let log: FakeLog;
  let queue: AppendQueue;

  beforeEach(() => {
    vi.useFakeTimers();
    log = new FakeLog();
    queue = new AppendQueue({ producer: log, limits });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const outcome = (append: Promise<unknown>): { state: string } => {
    const seen = { state: 'pending' };
    append.then(
      () => (seen.state = 'acknowledged'),
      (error: unknown) => (seen.state = error instanceof LogUnavailable ? 'refused' : 'broken'),
    );
    return seen;
  };

  it('says where each record is, whatever it was sent with', async () => {
    const [a, b, c] = [record(0, 'a'), record(2, 'b'), record(0, 'c')];
    const first = queue.append([a]);
    const second = queue.append([b, c]);
    await vi.advanceTimersByTimeAsync(2);
    await log.acknowledge();
    expect(await first).toEqual(new Map([[a, 0]]));
    expect(await second).toEqual(
      new Map([
        [b, 1],
        [c, 2],
      ]),
    );
  });

  it('gathers what comes within the linger into one append', async () => {
    const calls = [queue.append([record(0, 'a')]), queue.append([record(2, 'b')])].map(outcome);
    await vi.advanceTimersByTimeAsync(1);
    expect(log.keys()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(log.keys()).toEqual([['a', 'b']]);
    expect(queue.length).toBe(2);
    await log.acknowledge();
    expect(calls.map(({ state }) => state)).toEqual(['acknowledged', 'acknowledged']);
    expect(queue.length).toBe(0);
  });

  it('keeps one append in flight for a lane, and its order', async () => {
    void queue.append([record(0, 'a')]);
    await vi.advanceTimersByTimeAsync(2);
    void queue.append([record(0, 'b')]);
    void queue.append([record(1, 'other lane')]);
    void queue.append([record(2, 'c')]);
    await vi.advanceTimersByTimeAsync(10);
    expect(log.keys()).toEqual([['a'], ['other lane']]);
    await log.acknowledge();
    expect(log.keys().at(-1)).toEqual(['b', 'c']);
  });

  it('cuts a long call into appends and answers when the last is there', async () => {
    const records = Array.from({ length: 25 }, (_, index) => record(0, String(index)));
    const call = outcome(queue.append(records));
    for (let chunk = 0; chunk < 3; chunk++) {
      await vi.advanceTimersByTimeAsync(0);
      expect(call.state).toBe('pending');
      await log.acknowledge();
    }
    expect(call.state).toBe('acknowledged');
    expect(log.appends.map((appended) => appended.length)).toEqual([10, 10, 5]);
    expect(log.keys().flat()).toEqual(records.map(({ key }) => key));
  });

  it('cuts appends by their bytes, and sends a record larger than that alone', async () => {
    const sizes = [150, 40, 40, 500, 10];
    const records = sizes.map((size) => ({ ...record(0, ''), value: Buffer.alloc(size) }));
    const call = outcome(queue.append(records));
    await vi.advanceTimersByTimeAsync(2);
    for (let chunk = 0; chunk < 4; chunk++) await log.acknowledge();
    expect(call.state).toBe('acknowledged');
    expect(log.appends.map((appended) => appended.map(({ value }) => value.length))).toEqual([
      [150, 40],
      [40],
      [500],
      [10],
    ]);
  });

  it('refuses the whole call when one of its appends fails, and sends no more of it', async () => {
    const call = outcome(queue.append(Array.from({ length: 25 }, () => record(0, 'a'))));
    const next = outcome(queue.append([record(0, 'next')]));
    await log.acknowledge();
    await log.refuse();
    expect(call.state).toBe('refused');
    expect(log.keys().at(-1)).toEqual(['next']);
    expect(queue.problem()).toBeDefined();
    await log.acknowledge();
    expect(next.state).toBe('acknowledged');
    expect(queue.problem()).toBeUndefined();
    expect(queue.length).toBe(0);
  });

  it('never reports what one lane has and another has not', async () => {
    const call = outcome(queue.append([record(0, 'a'), record(1, 'b')]));
    await vi.advanceTimersByTimeAsync(2);
    await log.acknowledge();
    expect(call.state).toBe('pending');
    await log.refuse();
    expect(call.state).toBe('refused');
  });

  it('gives up when Kafka hangs, and refuses at once after that', async () => {
    const call = outcome(queue.append([record(0, 'a')]));
    await vi.advanceTimersByTimeAsync(2);
    const behind = outcome(queue.append([record(0, 'b')]));
    await vi.advanceTimersByTimeAsync(1_003);
    expect([call.state, behind.state]).toEqual(['refused', 'refused']);
    expect(queue.problem()).toMatch(/has not answered/);
    const late = outcome(queue.append([record(1, 'c')]));
    await vi.advanceTimersByTimeAsync(0);
    expect(late.state).toBe('refused');
    await log.acknowledge();
    expect(log.keys()).toEqual([['a']]);
    expect(queue.length).toBe(0);
    expect(queue.problem()).toBeUndefined();
  });

  it('takes no more than its limit', async () => {
    void queue.append(Array.from({ length: 90 }, () => record(0, 'a')));
    const over = outcome(queue.append(Array.from({ length: 11 }, () => record(1, 'b'))));
    const fits = outcome(queue.append(Array.from({ length: 10 }, () => record(1, 'c'))));
    await vi.advanceTimersByTimeAsync(2);
    expect(over.state).toBe('refused');
    expect(fits.state).toBe('pending');
    expect(queue.length).toBe(100);
  });

  it('writes what it took before it closes, and takes nothing more', async () => {
    const call = outcome(queue.append([record(0, 'a')]));
    const closed = outcome(queue.close());
    const late = outcome(queue.append([record(0, 'b')]));
    await vi.advanceTimersByTimeAsync(2);
    expect([call.state, closed.state, late.state]).toEqual(['pending', 'pending', 'refused']);
    await log.acknowledge();
    expect([call.state, closed.state]).toEqual(['acknowledged', 'acknowledged']);
    expect(log.keys()).toEqual([['a']]);
  });
});
