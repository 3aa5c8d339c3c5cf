import {
  attach,
  countOfSales,
  indexedFrom,
  initialState,
  rewriteAll,
  unpack,
  type EncodedSales,
  type MemberState,
  type Sale,
} from '../history/state.ts';
import { forgetYears, type LastDays } from '../history/firsts.ts';
import { losesByMonths } from '../entitlements/months.ts';
import { tracesMax, type Traces } from '../history/trace.ts';
import { dayAfter } from '../history/window.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { readCorrection, writeCorrection, writeSale } from './records.ts';
import type { Names } from './names.ts';
import {
  isStart,
  isSumOfSales,
  placeOfActivation,
  readActivation,
  readLastDays,
  readMonthly,
  readTotals,
  sumSales,
  writeActivation,
  writeLastDays,
  writeMonthly,
  writeTotals,
  type SaleAt,
} from './positions.ts';
import { reusedFrom, SalesInBytes, type Activation, type SalesAdded } from './sales-in-bytes.ts';

/** The first byte. A new layout takes the next number; a section is added by a bit in `sections`. */
const format = 1;
/** The same with an index before the sales in place of what ends them. */
const indexedFormat = 2;
/** With fewer packed sales than this, to look at each of them takes no longer than an index. */
const indexedSalesMin = 4;
/** Strings of folded sales stay in the table until this many are held. */
const namesMax = 64;
/** With fewer sales than this, the state keeps their bytes instead of them. */
const packedMax = 512;
/** With fewer sales than this, what they come to is found out, not written: totals, the newest days of each category. */
const summedMax = 8;

/** Bits of the byte after the sales. */
const enrolled = 1;
const clocked = 2;
const folded = 4;
const corrected = 8;
const traced = 16;
/** Something is lost at a month’s end: holds other than one forever, or lots. */
const monthly = 32;
/** Balance, months and days of the end are what the sales come to, and are not written. */
const summed = 64;
/** A folded sale stands: the days on which the member was there last. */
const visited = 128;
/** The days on which the member was there last, with those of the sales. */
const dated = 256;
/** Folded to another day than that after the newest folded sale that stands. */
const foldedFurther = 512;
const known =
  enrolled |
  clocked |
  folded |
  corrected |
  traced |
  monthly |
  summed |
  visited |
  dated |
  foldedFurther;

const head = new ByteWriter();
const body = new ByteWriter();

/**
 * A state as bytes: format, strings, sales, and what is not sales. The bytes of sales that were
 * encoded or decoded before and have not changed are copied as they are, so that an append costs
 * one sale and a block copy. Remembers the bytes in the state; do not write into them.
 */
export function encodeState(state: MemberState): Uint8Array {
  const packed = appendedTo(state);
  return packed === undefined ? encodeSales(state) : encodeAppended(state, packed);
}

/**
 * The same, with every sale written anew: states that mean the same have the same bytes, whatever they went
 * through. Unpacks the state.
 */
export function encodeStateAnew(state: MemberState): Uint8Array {
  rewriteAll(state);
  return encodeSales(state);
}

/** Whether the state keeps the bytes of its sales alone. */
const arePacked = (state: MemberState): boolean =>
  countOfSales(state) < packedMax && state.corrections.size < indexedFrom;

/** What is packed, if all that has happened to the sales since is that newer ones were appended. */
function appendedTo(state: MemberState): SalesInBytes | undefined {
  const { packed, end } = state;
  if (!(packed instanceof SalesInBytes) || !arePacked(state)) return undefined;
  const { activatedAt, activatedBy } = packed.activation;
  if (activatedAt !== end.activatedAt || activatedBy !== end.activatedBy) return undefined;
  if (countOfSales(state) >= summedMax || !canBeSummed(state)) packed.isSummed = false;
  else if (!packed.isSummed) return undefined;
  return packed;
}

function encodeAppended(state: MemberState, packed: SalesInBytes): Uint8Array {
  const { names, isSummed, activation } = packed;
  const behind = state.recent;
  body.reset();
  packed.writeTo(body);
  let { lastLength } = packed;
  for (const sale of behind) {
    const start = body.length;
    writeSale(body, names, sale);
    lastLength = body.length - start;
  }
  const added: SalesAdded = { sales: behind, length: body.length, lastLength };
  const namesOfSales = names.length;
  const place = writeAround(names, { packed, added }, { state, isSummed, activation });
  const encoding = head.finishForSoon();
  names.length = namesOfSales;
  packed.append(added, { encoding, ...place });
  if (behind.length > 0) state.recent = [];
  if (state.marks.length > 0) state.marks = [];
  return encoding;
}

function encodeSales(state: MemberState): Uint8Array {
  const reused = reusable(state);
  const names: Names = reused?.strings ?? [];
  const { sales } = state;
  body.reset();
  writeSales(body, names, { sales, reused });
  const { length } = body;
  const activation = {
    activatedAt: state.end.activatedAt,
    activatedBy: state.end.activatedBy,
    endPlace: placeOfActivation(state.end, sales),
    basePlace: placeOfActivation(state.base, sales),
  };
  // Worth finding out while the sales are few.
  const isSummed =
    sales.length < summedMax && canBeSummed(state) && isSumOfSales(state, activation.endPlace);
  const packed = sales.length > 0 && arePacked(state) ? new SalesInBytes([...names]) : undefined;
  const added = { sales, length, lastLength: sales.at(-1)?.byteLength ?? 0 };
  const place = writeAround(names, { packed, added }, { state, isSummed, activation });
  if (sales.length >= reusedFrom && packed === undefined) {
    const bytes = head.finish();
    const { start } = place;
    const count = sales.length;
    state.encoded = { bytes, start, end: start + length, count, edited: false, strings: names };
    return bytes;
  }
  const encoding = head.finishForSoon();
  state.encoded = undefined;
  if (packed !== undefined) {
    packed.activation = activation;
    packed.isSummed = isSummed;
    packed.append(added, { encoding, ...place });
    state.packed = packed;
    state.recent = [];
    state.byId = undefined;
    // They name sales that are gone.
    state.marks = [];
  }
  return encoding;
}

/**
 * Writes what stands behind the sales, and before them: an index if there are enough of them and they are packed, else a byte
 * behind them that ends them. Says where they begin, and their fingerprints.
 */
function writeAround(
  names: Names,
  { packed, added }: { readonly packed: SalesInBytes | undefined; readonly added: SalesAdded },
  rest: Parameters<typeof writeRest>[2],
): { readonly start: number; readonly prints: number | undefined } {
  const isIndexed = packed !== undefined && packed.count + added.sales.length >= indexedSalesMin;
  if (!isIndexed) body.byte(0);
  writeRest(body, names, rest);
  head.reset();
  head.byte(isIndexed ? indexedFormat : format);
  head.unsigned(names.length);
  for (const name of names) head.text(name);
  const prints = isIndexed ? packed.writeIndex(head, added) : undefined;
  const start = head.length;
  head.raw(body.view());
  return { start, prints };
}

/** Copies what is unchanged in runs as long as can be; an append is one run and a sale. */
function writeSales(
  to: ByteWriter,
  names: Names,
  of: { readonly sales: readonly Sale[]; readonly reused: EncodedSales | undefined },
): void {
  const { sales, reused } = of;
  let index = 0;
  let copyFrom = reused?.start ?? 0;
  let copyTo = copyFrom;
  if (reused !== undefined && !reused.edited) {
    index = reused.count;
    copyTo = reused.end;
  }
  const copy = (): void => {
    if (reused !== undefined && copyTo > copyFrom) to.raw(reused.bytes.subarray(copyFrom, copyTo));
  };
  for (; index < sales.length; index++) {
    const sale = sales[index];
    if (sale === undefined) continue;
    if (reused !== undefined && sale.byteLength > 0 && !sale.changed) {
      copyTo += sale.byteLength;
      continue;
    }
    copy();
    if (reused !== undefined) copyTo += sale.byteLength;
    copyFrom = copyTo;
    const before = to.length;
    writeSale(to, names, sale);
    sale.byteLength = to.length - before;
    sale.changed = false;
  }
  copy();
}

function reusable(state: MemberState): EncodedSales | undefined {
  const { encoded } = state;
  // Strings of sales that are all folded nobody needs any more.
  if (encoded === undefined || encoded.count === 0) return undefined;
  return encoded.strings.length <= namesMax ? encoded : undefined;
}

/**
 * The state that `encodeState` was given. Remembers the bytes in the state; do not write into them. Throws a
 * RangeError on bytes of another format, cut short or too long.
 */
export function decodeState(bytes: Uint8Array): MemberState {
  const from = new ByteReader(bytes);
  const found = from.byte();
  if (found !== format && found !== indexedFormat)
    throw new RangeError(
      `it has format ${String(found)}, and this version reads ${format} and ${indexedFormat}`,
    );
  const state = initialState();
  const names: Names = [];
  for (let count = from.unsigned(); count > 0; count--) names.push(from.text());
  const packed = new SalesInBytes(names);
  if (found === indexedFormat) packed.readIndexed(bytes, from);
  else packed.read(bytes, from);
  if (packed.count > 0) state.packed = packed;
  readRest(from, { names, state, packed });
  if (!from.atEnd) throw new RangeError('the state goes on after its end');
  if (!arePacked(state)) unpack(state);
  return state;
}

/** Whether the end’s totals can be those of the sales held. */
const canBeSummed = ({ base, end }: MemberState): boolean =>
  isStart(base) && !losesByMonths(base) && !losesByMonths(end);

function writeRest(
  to: ByteWriter,
  names: Names,
  of: {
    readonly state: MemberState;
    readonly isSummed: boolean;
    readonly activation: Activation;
  },
): void {
  const { state, isSummed, activation } = of;
  const { enrolledAt, clock, base, end, corrections, traces } = state;
  const isFolded = !isStart(base);
  const isVisited = state.visited.mall !== -Infinity;
  const isFoldedFurther = state.foldedTo !== dayAfter(state.visited.mall);
  const days = daysWorthWriting(state);
  const isMonthly = losesByMonths(base) || losesByMonths(end);
  to.unsigned(
    (enrolledAt === undefined ? 0 : enrolled) |
      (clock === -Infinity ? 0 : clocked) |
      (isFolded ? folded : 0) |
      (corrections.size === 0 ? 0 : corrected) |
      (traces.ids.length === 0 ? 0 : traced) |
      (isMonthly ? monthly : 0) |
      (isSummed ? summed : 0) |
      (isVisited ? visited : 0) |
      (days === undefined ? 0 : dated) |
      (isFoldedFurther ? foldedFurther : 0),
  );
  to.unsigned(state.versionsKnown);
  if (enrolledAt !== undefined) to.time(enrolledAt);
  if (clock !== -Infinity) {
    const last = state.recent.at(-1)?.receivedAt ?? state.packed?.lastReceivedAt;
    if (last === undefined) to.time(clock);
    else to.signed(clock - last);
  }
  if (isFolded) {
    writeActivation(to, names, { position: base, place: activation.basePlace, base: undefined });
    writeTotals(to, base);
  }
  writeActivation(to, names, { position: end, place: activation.endPlace, base });
  if (!isSummed) writeTotals(to, end);
  if (corrections.size > 0) {
    const all = [...corrections.values()].flat();
    to.unsigned(all.length);
    for (const correction of all) writeCorrection(to, names, correction);
  }
  if (traces.ids.length > 0) writeTraces(to, traces);
  if (isMonthly) {
    writeMonthly(to, base);
    writeMonthly(to, end);
  }
  if (isVisited) writeLastDays(to, state.visited);
  if (days !== undefined) writeLastDays(to, days);
  if (isFoldedFurther) to.signed(state.foldedTo);
}

function daysWorthWriting(state: MemberState): LastDays | undefined {
  const { lastDays } = state;
  if (lastDays === undefined || lastDays.mall === -Infinity) return undefined;
  if (countOfSales(state) < summedMax) return undefined;
  // What would not be found out again is not written.
  forgetYears(lastDays);
  return lastDays;
}

function readRest(
  from: ByteReader,
  of: { readonly names: Names; readonly state: MemberState; readonly packed: SalesInBytes },
): void {
  const { names, state, packed } = of;
  const bits = from.unsigned();
  if (bits > known) throw new RangeError('it has sections that this version does not know');
  state.versionsKnown = from.unsigned();
  if ((bits & enrolled) !== 0) state.enrolledAt = from.time();
  if ((bits & clocked) !== 0)
    state.clock = packed.count === 0 ? from.time() : packed.lastReceivedAt + from.signed();
  const held: SaleAt = (place) => packed.at(place);
  let basePlace = -1;
  if ((bits & folded) !== 0) {
    const base = readActivation(from, names, { held, base: undefined });
    basePlace = base.place;
    state.base = base.position;
    readTotals(from, state.base);
  }
  const end = readActivation(from, names, { held, base: state.base });
  state.end = end.position;
  const { activatedAt, activatedBy } = state.end;
  packed.activation = { activatedAt, activatedBy, endPlace: end.place, basePlace };
  packed.isSummed = (bits & summed) !== 0;
  if (packed.isSummed)
    sumSales(state.end, end.place, (place, see) => {
      packed.visit(place, see);
    });
  else readTotals(from, state.end);
  if ((bits & corrected) !== 0)
    for (let count = from.unsigned(); count > 0; count--)
      attach(state, readCorrection(from, names));
  if ((bits & traced) !== 0) state.traces = readTraces(from);
  if ((bits & monthly) !== 0) {
    readMonthly(from, state.base);
    readMonthly(from, state.end);
  }
  if ((bits & visited) !== 0) state.visited = readLastDays(from);
  if ((bits & dated) !== 0) state.lastDays = readLastDays(from);
  state.foldedTo = (bits & foldedFurther) !== 0 ? from.signed() : dayAfter(state.visited.mall);
}

/** Copied as blocks, twelve bytes each: there may be many, and they are written at each encoding. */
function writeTraces(to: ByteWriter, { ids, contents }: Traces): void {
  to.unsigned(ids.length);
  to.raw(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
  to.raw(new Uint8Array(contents.buffer, contents.byteOffset, contents.byteLength));
}

function readTraces(from: ByteReader): Traces {
  const count = from.unsigned();
  if (count > tracesMax) throw new RangeError('the state has too many traces');
  const traces = { ids: new Float64Array(count), contents: new Uint32Array(count) };
  for (const block of [traces.ids, traces.contents])
    new Uint8Array(block.buffer).set(from.raw(block.byteLength));
  return traces;
}
