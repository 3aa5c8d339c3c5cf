import { digest53 } from './content.ts';
import type { MemberState } from './state.ts';

/**
 * What is remembered of a record that is no longer in the history, in 53 bits: 38 of its id, 3 of
 * what it was, 12 of its content. Enough to know a copy and a conflict of a folded record, and a
 * refund of a folded sale from one whose sale has yet to come.
 */
export interface Trace {
  readonly what: TraceKind;
  readonly content: number;
}

/**
 * `sale`, `refund`: was part of the history and can no longer be changed; `refused_sale`;
 * `refused_refund`: its sale’s refusal or its own lateness keeps it out; `void`: any void;
 * `waiting`: a refund whose sale never came; `conflict`: refused beside a record of the same id
 * that stands.
 */
export type TraceKind = (typeof traceKinds)[number];
const traceKinds = [
  'sale',
  'refund',
  'void',
  'waiting',
  'refused_sale',
  'refused_refund',
  'conflict',
] as const;

const contentBits = 2 ** 12;
const kinds = 8;
const idBits = 2 ** 38;

/** Traces kept of one member; of older records a copy is refused as `too_late`. */
export const tracesMax = 512;

export const traceContent = (digest: number): number => digest % contentBits;

export function leaveTrace(
  state: MemberState,
  of: { readonly id: string; readonly digest: number; readonly what: TraceKind },
): void {
  const packed =
    (digest53(of.id) % idBits) * (contentBits * kinds) +
    traceKinds.indexOf(of.what) * contentBits +
    traceContent(of.digest);
  state.traces.push(packed);
  if (state.traces.length > tracesMax) state.traces.shift();
}

/** The traces of an id, oldest first. */
export function tracesOf(state: MemberState, id: string): readonly Trace[] {
  const { traces } = state;
  if (traces.length === 0) return none;
  const first = (digest53(id) % idBits) * (contentBits * kinds);
  const end = first + contentBits * kinds;
  let found: Trace[] | undefined;
  // The plain loop: this runs for every record, and for-of took five times as long.
  for (let index = 0; index < traces.length; index++) {
    const packed = traces[index] ?? 0;
    if (packed < first || packed >= end) continue;
    const what = traceKinds[Math.floor(packed / contentBits) % kinds];
    if (what !== undefined) (found ??= []).push({ what, content: packed % contentBits });
  }
  return found ?? none;
}

const none: readonly Trace[] = [];
