import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refund, sale, voiding } from './published.fixture.ts';
import { soundTransaction } from './sound-transaction.ts';
import { transactionShape } from './transaction.ts';

const limits = { sequenceMax: 1_000, amountMax: 10_000_000 };
const isSound = soundTransaction(limits);
const { byType } = transactionShape(limits);

const right = [sale, refund, voiding, { ...refund, type: 'void' }];
const names = [...new Set(right.flatMap((input) => Object.keys(input))), 'receivedAt', 'misspelt'];
const values = [
  ...right.flatMap((input) => Object.values(input)),
  ...['', 'x'.repeat(33), '2014-02-30', '2014-12-1', 'IDRR', 'idr', '-1', 'toString'],
  ...[-1, 0, 1.5, 1_000, 1_001, 10_000_000, 10_000_001, 2 ** 53, 1e300],
  ...[null, true, [], {}, { ...refund.original, more: 1 }, { ...refund.original, sequence: '17' }],
];
const change = fc.tuple(fc.constantFrom(...names), fc.constantFrom(undefined, ...values));

/** As it comes out of a JSON parser: what is undefined is not there. */
const parsed = (input: object): object => JSON.parse(JSON.stringify(input)) as object;

describe('a sound transaction', () => {
  it.each(right)('is one that is right: %o', (input) => {
    expect(isSound(parsed(input))).toBe(true);
    expect(isSound(parsed({ ...input, receivedAt: '2014-12-01T11:30:05+07:00' }))).toBe(true);
  });

  it('is one that the schema takes, whatever was changed in it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...right),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (input, changes) => {
          const sent = parsed({ ...input, ...Object.fromEntries(changes) });
          fc.pre(isSound(sent));
          expect(byType.safeParse(sent).data).toEqual(sent);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('has no field that the schema does not know, whatever its name', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const sent = JSON.parse(
          `{${JSON.stringify(name)}:1,${JSON.stringify(sale).slice(1)}`,
        ) as object;
        fc.pre(!Object.keys(sale).includes(name));
        expect(isSound(sent)).toBe(false);
        expect(byType.safeParse(sent).success).toBe(false);
      }),
      { examples: [['__proto__'], ['constructor'], ['toString'], ['']] },
    );
  });
});
