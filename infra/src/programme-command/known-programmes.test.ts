import type { ProgrammeDocument } from '@semarak/schemas';
import { expect, it } from 'vitest';
import { knownVersions } from './known-programmes.ts';

const document = (programme: string, version: number, name = programme): ProgrammeDocument =>
  ({ programme, version, name }) as ProgrammeDocument;

it('lists each version with the partitions that know it, by programme and number', () => {
  const one = document('mall', 1);
  const two = document('mall', 2);
  const other = document('brand', 1);
  const versions = knownVersions([
    { partition: 0, position: 9, documents: [two, one] },
    { partition: 1, position: 9, documents: [one, other] },
    { partition: 2, position: 0, documents: [] },
  ]);
  expect(versions).toEqual([
    { document: other, partitions: [1] },
    { document: one, partitions: [0, 1] },
    { document: two, partitions: [0] },
  ]);
});
