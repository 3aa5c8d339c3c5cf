import { describe, expect, it } from 'vitest';
import { silence, type LivenessLimits } from './liveness.ts';

const limits: LivenessLimits = {
  askEvery: 1_000,
  answerWithin: 100,
  missedMax: 3,
  silentFor: 20_000,
};

/** What is told of a program that answers the questions for which `answers` says so, and how many it was asked. */
async function watched(
  answers: (question: number) => boolean,
  options: { questionsMax: number; pauseMs?: (question: number) => number },
): Promise<{ silentS: number | undefined; asked: number }> {
  const stop = new AbortController();
  let nowMs = 0;
  let asked = 0;
  const silentS = await silence(
    () => {
      asked++;
      if (asked >= options.questionsMax) stop.abort();
      return answers(asked) ? Promise.resolve() : Promise.reject(new Error('no answer'));
    },
    {
      limits,
      signal: stop.signal,
      clock: {
        now: () => nowMs,
        pause: (ms) => {
          nowMs += options.pauseMs?.(asked) ?? ms;
          return Promise.resolve();
        },
      },
    },
  );
  return { silentS, asked };
}

describe('silence', () => {
  it('is told after so many questions and so long a time', async () => {
    expect(await watched((at) => at <= 5, { questionsMax: 100 })).toEqual({
      silentS: 20,
      asked: 26,
    });
  });

  it('is not told of a program that answers now and then', async () => {
    const told = await watched((at) => at % 20 === 0, { questionsMax: 1_000 });
    expect(told).toEqual({ silentS: undefined, asked: 1_000 });
  });

  it('is not told of a machine that slept for an hour', async () => {
    const pauseMs = (at: number): number => (at === 7 ? 3_600_000 : 1_000);
    const told = await watched((at) => at < 7 || at > 8, { questionsMax: 100, pauseMs });
    expect(told.silentS).toBeUndefined();
  });
});
