import { digest53 } from './content.ts';
import type { MemberState } from './state.ts';

/**
 * What is remembered of a record that is no longer in the history: 50 bits of its id and what it
 * was, packed into one number, and 32 bits of its content. Enough to know a copy and a conflict of
 * a folded record, and a refund of a folded sale from one whose sale has yet to come.
 */
export interface Traces {
  /** Oldest first; `ids` and `contents` go together. Never written into: what is added to is a copy. */
  readonly ids: Float64Array;
  readonly contents: Uint32Array;
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

/**
 * Traces kept of one member, conflicts included. The oldest go first; a copy of what they were of is refused as
 * `too_late`, and leaves no trace, so that copies never push out what is still known.
 */
export const tracesMax = 4_096;

/** Traces of conflicts among them: a conflict that is forgotten is told again, and harms nothing. */
const conflictTracesMax = 512;

export const traceContent = (digest: number): number => digest % contentBits;

export function leaveTrace(
  state: MemberState,
  of: { readonly id: string; readonly digest: number; readonly what: TraceKind },
): void {
  const { traces } = state;
  const kept =
    of.what === 'conflict' && conflictsOf(traces) >= conflictTracesMax
      ? without(traces, traces.ids.findIndex(isConflict))
      : traces.ids.length >= tracesMax
        ? without(traces, 0)
        : traces;
  state.traces = withTrace(kept, {
    id: (digest53(of.id) % idBits) * kinds + traceKinds.indexOf(of.what),
    content: traceContent(of.digest),
  });
}

const isConflict = (id: number): boolean => id % kinds === traceKinds.indexOf('conflict');

const conflictsOf = ({ ids }: Traces): number =>
  ids.reduce((count, id) => (isConflict(id) ? count + 1 : count), 0);

function without({ ids, contents }: Traces, index: number): Traces {
  const fewer = { ids: ids.slice(0, -1), contents: contents.slice(0, -1) };
  fewer.ids.set(ids.subarray(index + 1), index);
  fewer.contents.set(contents.subarray(index + 1), index);
  return fewer;
}

function withTrace(
  { ids, contents }: Traces,
  added: { readonly id: number; readonly content: number },
): Traces {
  const more = {
    ids: new Float64Array(ids.length + 1),
    contents: new Uint32Array(ids.length + 1),
  };
  more.ids.set(ids);
  more.contents.set(contents);
  more.ids[ids.length] = added.id;
  more.contents[ids.length] = added.content;
  return more;
}

/** Whether something may have been forgotten: a record of the past that is not known may be a copy. */
export const mayHaveForgotten = ({ traces }: MemberState): boolean =>
  traces.ids.length >= tracesMax;

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
