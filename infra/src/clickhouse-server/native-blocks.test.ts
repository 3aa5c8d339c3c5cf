import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NativeBlocks } from './native-blocks.ts';

const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from([Buffer.byteLength(value)]), Buffer.from(value)]);
const uint64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

interface Column {
  readonly type: string;
  /** Of two rows. */
  readonly data: Buffer;
}

/** Two rows of each, as the engine writes them. */
const columns: readonly Column[] = [
  { type: 'UInt8', data: Buffer.from([1, 2]) },
  { type: "Enum8('a(' = 1, 'b,' = 2)", data: Buffer.from([1, 2]) },
  { type: 'Decimal(18, 2)', data: Buffer.alloc(16, 7) },
  { type: 'FixedString(3)', data: Buffer.from('abcdef') },
  { type: "DateTime64(3, 'UTC')", data: Buffer.alloc(16, 1) },
  {
    type: 'String',
    data: Buffer.concat([text('a'), Buffer.from([0x80, 1]), Buffer.alloc(128, 9)]),
  },
  { type: 'Nullable(String)', data: Buffer.concat([Buffer.from([0, 1]), text('x'), text('')]) },
  {
    type: 'Array(Tuple(`a b` String, n UInt16))',
    data: Buffer.concat([uint64(0), uint64(1), text('k'), Buffer.from([1, 0])]),
  },
  { type: 'Map(String, UInt8)', data: Buffer.concat([uint64(0), uint64(0)]) },
  {
    type: 'LowCardinality(Nullable(String))',
    data: Buffer.concat([
      ...[uint64(1), uint64(0x600), uint64(2), text(''), text('w'), uint64(2)],
      Buffer.from([0, 1]),
    ]),
  },
  {
    type: 'Array(LowCardinality(String))',
    data: Buffer.concat([
      ...[uint64(1), uint64(1), uint64(1), uint64(0x601), uint64(1), text('z'), uint64(1)],
      Buffer.from([0, 0]),
    ]),
  },
  { type: 'SimpleAggregateFunction(sum, Int64)', data: Buffer.alloc(16, 3) },
  { type: 'Polygon', data: Buffer.concat([uint64(0), uint64(1), uint64(1), Buffer.alloc(16)]) },
];

function block(chosen: readonly Column[], between: { info: Buffer; flag: Buffer }): Buffer {
  return Buffer.concat([
    between.info,
    Buffer.from([chosen.length, 2]),
    ...chosen.flatMap(({ type, data }, index) => [
      text(`c${index}`),
      text(type),
      between.flag,
      data,
    ]),
  ]);
}

const none = Buffer.alloc(0);
const info = Buffer.from('010002ffffffff00', 'hex');

function fed(blocks: NativeBlocks, bytes: Buffer, cuts: readonly number[]): Buffer {
  const places = [0, ...[...cuts].sort((one, other) => one - other), bytes.length];
  return Buffer.concat(
    places.slice(1).map((to, index) => blocks.feed(bytes.subarray(places[index], to))),
  );
}

describe('blocks of the Native format', () => {
  it('get what their revision has in them, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.subarray([...columns]), { minLength: 1, maxLength: 3 }),
        fc.array(fc.nat(2_000), { maxLength: 12 }),
        fc.constantFrom([54_405, none] as const, [54_460, Buffer.from([0])] as const),
        (blocks, cuts, [revision, flag]) => {
          const plain = Buffer.concat(
            blocks.map((each) => block(each, { info: none, flag: none })),
          );
          const expected = Buffer.concat(blocks.map((each) => block(each, { info, flag })));
          const within = cuts.filter((cut) => cut < plain.length);
          expect(fed(new NativeBlocks(revision), plain, within).equals(expected)).toBe(true);
        },
      ),
    );
  });

  it('may have no rows', () => {
    const header = Buffer.concat([Buffer.from([1, 0]), text('n'), text('LowCardinality(String)')]);
    const expected = Buffer.concat([info, header, Buffer.from([0])]);
    expect(new NativeBlocks(54_460).feed(header)).toEqual(expected);
  });

  it('with a column of a type that cannot be measured are refused', () => {
    const state = { type: 'AggregateFunction(uniq, String)', data: Buffer.alloc(4) };
    expect(() => new NativeBlocks(54_460).feed(block([state], { info: none, flag: none }))).toThrow(
      /of type AggregateFunction; cast it/,
    );
  });
});
