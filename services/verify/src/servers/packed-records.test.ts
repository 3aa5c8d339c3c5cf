import { expect, it } from 'vitest';
import { PackedRecords } from './packed-records.ts';

it('gives back the records between two places, however much the buffer grew', () => {
  const packed = new PackedRecords();
  const ends = [packed.end];
  const values = ['', 'a', 'b'.repeat(3_000), '', 'c'.repeat(9_000), 'd'];
  for (const value of values) {
    packed.add(Buffer.from(value));
    ends.push(packed.end);
  }
  for (const [first, from] of ends.entries())
    for (const [last, to] of ends.entries()) {
      const between = [...packed.between({ from, to })].map(String);
      expect(between).toEqual(values.slice(first, last));
    }
});
