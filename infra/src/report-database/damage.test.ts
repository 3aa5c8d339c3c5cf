import { describe, expect, it } from 'vitest';
import { damageCheck, damageSentence, type Damage } from './damage.ts';

const detached: Damage = {
  kind: 'detached',
  place: 'semarak_1.posted_sales',
  count: 2,
  example: '201412_1_1_0, broken-on-start',
};

describe('damage of the report database', () => {
  it('is told with what is missing and the remedy', () => {
    expect(damageSentence(detached)).toBe(
      'ClickHouse has detached 2 parts of semarak_1.posted_sales (201412_1_1_0, broken-on-start), whose rows are ' +
        'missing in every report. Make the facts anew from the log: npm run rebuild -- clickhouse.',
    );
  });

  it.each(['mutation', 'replication', 'merges'] as const)(
    'of the kind %s names the remedy',
    (kind) => {
      const example = `no room\n${'x'.repeat(9_999)}`;
      const sentence = damageSentence({ ...detached, kind, example });
      expect(sentence).toContain('npm run rebuild -- clickhouse');
      expect(sentence).toContain('no room x');
      expect(sentence.length).toBeLessThan(600);
    },
  );

  it('is asked for once in a while, and is none while ClickHouse does not answer', async () => {
    let asked = 0;
    const check = damageCheck({
      everyMs: 60_000,
      ask: () => {
        asked++;
        return Promise.resolve([detached]);
      },
    });
    expect(await Promise.all([check(), check()])).toEqual(
      Array(2).fill([damageSentence(detached)]),
    );
    expect(asked).toBe(1);
    const silent = damageCheck({ everyMs: 0, ask: () => Promise.reject(new Error('away')) });
    expect(await silent()).toEqual([]);
  });
});
