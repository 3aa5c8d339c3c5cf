import { describe, expect, it } from 'vitest';
import { StoreRefuses, StoreUnavailable } from '../state-store/index.ts';
import { WorkerHealth } from './worker-health.ts';

const stopping = new AbortController().signal;
const limits = { retryMs: 1, stopping };

/** A store that fails so, one time after another, then answers; what health says at each question. */
function asked(failures: readonly Error[]) {
  const health = new WorkerHealth();
  const said: (readonly string[])[] = [];
  const left = [...failures];
  const answer = health.untilStoreAnswers(async () => {
    said.push((await health.read()).problems);
    const failure = left.shift();
    if (failure !== undefined) throw failure;
    return 8;
  }, limits);
  return { answer, said };
}

describe('the health of a worker', () => {
  it('says why the start waits for the store', async () => {
    const refused = new StoreRefuses('Redis refuses to write: it is a replica.');
    const { answer, said } = asked([new StoreUnavailable('no answer'), refused]);
    expect(await answer).toBe(8);
    expect(said).toEqual([['It is starting.'], ['Redis does not answer.'], [refused.message]]);
  });

  it('lets other errors through', async () => {
    await expect(asked([new Error('another number of partitions')]).answer).rejects.toThrow(
      'another number of partitions',
    );
  });

  it('gives up when the service is to stop', async () => {
    const stop = new AbortController();
    const waiting = new WorkerHealth().untilStoreAnswers(
      () => {
        stop.abort();
        return Promise.reject(new StoreUnavailable('no answer'));
      },
      { retryMs: 60_000, stopping: stop.signal },
    );
    await expect(waiting).rejects.toThrow(/abort/i);
  });

  it('tells a sentence once, of whatever runs', async () => {
    const health = new WorkerHealth();
    health.askFor(() => ['Redis does not answer.', 'Redis does not answer.']);
    expect(await health.read()).toEqual({ problems: ['Redis does not answer.'] });
  });
});
