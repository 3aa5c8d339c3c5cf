import { describe, expect, it } from 'vitest';
import { Silence } from './silence.ts';

describe('Silence', () => {
  const silence = () => new Silence({ sessionMs: 15_000, nowMs: 1_000 });

  it('is nothing to speak of while it is shorter than a session', () => {
    expect(silence().problem(16_000)).toBeUndefined();
  });

  it('is told with its length, from the beginning or the last answer on', () => {
    const long = silence();
    expect(long.problem(17_000)).toBe('Kafka has not answered for 16 s.');
    long.heard(17_000);
    expect(long.problem(32_000)).toBeUndefined();
    expect(long.problem(47_000)).toBe('Kafka has not answered for 30 s.');
  });
});
