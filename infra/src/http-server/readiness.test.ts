import { describe, expect, it } from 'vitest';
import { onceTrue, problemsOf } from './readiness.ts';

describe('problemsOf', () => {
  it('names what fails, and what throws', async () => {
    const broken = () => Promise.reject(new Error('ClickHouse cannot be reached'));
    expect(await problemsOf([() => undefined, () => 'Too slow.', broken])).toEqual([
      'Too slow.',
      'ClickHouse cannot be reached.',
    ]);
  });

  it('does not ask again what has once been so', async () => {
    const answers = ['Not yet.', undefined, 'Never asked.'];
    const check = onceTrue(() => answers.shift());
    expect([await check(), await check(), await check()]).toEqual([
      'Not yet.',
      undefined,
      undefined,
    ]);
  });
});
