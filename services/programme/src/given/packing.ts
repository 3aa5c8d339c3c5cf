import { expect } from 'vitest';
import { decide } from '../decision/decide.ts';
import { decodeState, encodeState } from '../encoding/state-bytes.ts';
import { bytesOf, textOf } from './bytes.ts';

/** Decides and encodes, as a worker does, which packs the sales; the bytes must be those made anew. */
export function packing(...given: Parameters<typeof decide>): ReturnType<typeof decide> {
  const decision = decide(...given);
  const bytes = encodeState(decision.state);
  expect(bytesOf(decodeState(bytes))).toBe(textOf(bytes));
  return decision;
}
