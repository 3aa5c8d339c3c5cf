import { digest53 } from './content.ts';
import { ownTraces, type MemberState } from './state.ts';

/**
 * What is remembered of a record that is no longer in the history: 50 bits of its id and what it
 * was, packed into one number, and 32 bits of its content. Enough to know a copy and a conflict of
 * a folded record, and a refund of a folded sale from one whose sale has yet to come.
 */
export interface Traces {
  /** Oldest first; `ids` and `contents` go together. */
  readonly ids: number[];
  readonly contents: number[];
}

export interface Trace {
  readonly what: TraceKind;
  readonly content: number;
}

/**
 * `sale`, `refund`: was part of the history and can no longer be changed; `refused_sale`;
 * `refused_refund`: its sale’s refusal or its own lateness keeps it out; `void`: any void;
 * `waiting`: a refund whose sale never came; `conflict`: refused beside a record of the same id
 * that stands. Their numbers are part of the state’s format: append only, at most eight.
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

const kinds = 8;
const idBits = 2 ** 50;
const contentBits = 2 ** 32;

/** Traces kept of one member; of older records a copy is refused as `too_late`. */
export const tracesMax = 512;

export const traceContent = (digest: number): number => digest % contentBits;

export function leaveTrace(
  state: MemberState,
  of: { readonly id: string; readonly digest: number; readonly what: TraceKind },
): void {
  const { ids, contents } = ownTraces(state);
  ids.push((digest53(of.id) % idBits) * kinds + traceKinds.indexOf(of.what));
  contents.push(traceContent(of.digest));
  if (ids.length <= tracesMax) return;
  ids.shift();
  contents.shift();
}

/** The traces of an id, oldest first. */
export function tracesOf(state: MemberState, id: string): readonly Trace[] {
  const { ids, contents } = state.traces;
  if (ids.length === 0) return none;
  const first = (digest53(id) % idBits) * kinds;
  const end = first + kinds;
  let found: Trace[] | undefined;
  // The plain loop: this runs for every record, and for-of took five times as long.
  for (let index = 0; index < ids.length; index++) {
    const packed = ids[index] ?? 0;
    if (packed < first || packed >= end) continue;
    const what = traceKinds[packed - first];
    if (what !== undefined) (found ??= []).push({ what, content: contents[index] ?? 0 });
  }
  return found ?? none;
}

const none: readonly Trace[] = [];
