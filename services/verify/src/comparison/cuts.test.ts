import { expect, it } from 'vitest';
import { causePlace } from './cuts.ts';

it.each([
  [-1, { cut: 0, end: 0 }, 'below_the_cut'],
  [0, { cut: 0, end: 0 }, 'behind_the_end'],
  [6, { cut: 7, end: 9 }, 'below_the_cut'],
  [7, { cut: 7, end: 9 }, 'behind_the_cut'],
  [8, { cut: 7, end: 9 }, 'behind_the_cut'],
  [9, { cut: 7, end: 9 }, 'behind_the_end'],
  // The log has lost its end since the cut was taken.
  [6, { cut: 7, end: 6 }, 'below_the_cut'],
] as const)('offset %i of %j is %s', (offset, ends, place) => {
  expect(causePlace(offset, ends)).toBe(place);
});
