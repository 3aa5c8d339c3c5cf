import { encodeState } from '../encoding/state-bytes.ts';
import type { MemberState } from '../history/state.ts';

/** A state's encoding as text: tests compare thousands, and arrays are compared number by number. */
export const bytesOf = (state: MemberState): string => textOf(encodeState(state));

export const textOf = (bytes: Uint8Array): string => bytes.join(' ');
