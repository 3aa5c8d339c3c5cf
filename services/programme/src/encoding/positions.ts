import { countInTotals } from '../entitlements/totals.ts';
import type { LastDays } from '../history/firsts.ts';
import type { PackedSales } from '../history/packed-sales.ts';
import { startPosition, type MemberState, type Position, type Sale } from '../history/state.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { dayInId, readId, writeId, type Names } from './names.ts';

/** Holds and lots; without this section a position has one hold, forever, or none. */
export function writeMonthly(to: ByteWriter, { month, holds, lots }: Position): void {
  writeMonth(to, month);
  to.unsigned(holds.length);
  for (const { rank, through } of holds) {
    to.byte(rank);
    writeMonth(to, through);
  }
  to.unsigned(lots.length);
  for (const { through, points } of lots) {
    writeMonth(to, through);
    to.unsigned(points);
  }
}

export function readMonthly(from: ByteReader, position: Position): void {
  position.month = readMonth(from);
  position.holds = readList(from, () => ({ rank: from.byte(), through: readMonth(from) }));
  position.lots = readList(from, () => ({ through: readMonth(from), points: from.unsigned() }));
}

/** As many entries as the count before them says, in an array that is no larger. */
function readList<T>(from: ByteReader, readOne: () => T): readonly T[] {
  const length = from.unsigned();
  return length === 0 ? none : Array.from({ length }, readOne);
}

const none: readonly never[] = [];

/** Months since January 1970 from 1 on; 0 and -1 stand for the two infinities. */
function writeMonth(to: ByteWriter, month: number): void {
  if (month === Infinity) to.signed(0);
  else if (month === -Infinity) to.signed(-1);
  else to.signed(month < 0 ? month - 1 : month + 1);
}

function readMonth(from: ByteReader): number {
  const written = from.signed();
  if (written === 0) return Infinity;
  if (written === -1) return -Infinity;
  return written < 0 ? written + 1 : written - 1;
}

export const isStart = (position: Position): boolean =>
  position.activatedAt === undefined &&
  position.tier === 0 &&
  position.balance === 0 &&
  position.months.length === 0 &&
  position.days.length === 0;

/** How an activation is written: at an instant, by the sale that is held, or as in the base. */
const activations = ['none', 'enrolment', 'sale', 'held', 'base'] as const;

/** The place of the sale that activated among those held; -1: it is not held, or none did. */
export const placeOfActivation = (
  { activatedAt, activatedBy }: Position,
  sales: readonly Sale[],
): number =>
  activatedBy === undefined
    ? -1
    : sales.findIndex((sale) => sale.id === activatedBy && sale.occurredAt === activatedAt);

export function writeActivation(
  to: ByteWriter,
  names: Names,
  of: {
    readonly position: Position;
    /** As `placeOfActivation` says. */
    readonly place: number;
    readonly base: Position | undefined;
  },
): void {
  const { position, place, base } = of;
  const { activatedAt, activatedBy } = position;
  let activation: (typeof activations)[number] = 'none';
  if (activatedAt !== undefined) {
    if (activatedBy === undefined) activation = 'enrolment';
    else activation = 'sale';
    if (base !== undefined && base.activatedAt === activatedAt && base.activatedBy === activatedBy)
      activation = 'base';
    else if (place >= 0) activation = 'held';
  }
  to.byte(activations.indexOf(activation) * 4 + position.tier);
  if (activation === 'held') to.unsigned(place);
  if (activation === 'enrolment' || activation === 'sale') to.time(activatedAt ?? 0);
  if (activation === 'sale' && activatedBy !== undefined) {
    const day = dayInId(activatedBy);
    to.signed(day);
    writeId(to, names, { id: activatedBy, day });
  }
}

/** Whether the end’s totals are those of its sales. */
export function isSumOfSales({ sales, end }: MemberState, place: number): boolean {
  const { activatedAt, activatedBy } = end;
  const sum = sumSales({ ...startPosition(), activatedAt, activatedBy }, place, (from, see) => {
    for (let index = from; index < sales.length; index++) {
      const sale = sales[index];
      if (sale !== undefined) see(sale);
    }
  });
  return (
    sum.balance === end.balance &&
    sum.months.length === end.months.length &&
    sum.days.length === end.days.length &&
    sum.months.every((month, index) => {
      const other = end.months[index];
      return (
        other?.month === month.month && other.spend === month.spend && other.points === month.points
      );
    }) &&
    sum.days.every((day, index) => {
      const other = end.days[index];
      return (
        other?.businessDay === day.businessDay &&
        other.points === day.points &&
        other.parkings === day.parkings
      );
    })
  );
}

/** Adds what the sales from the activation on, at its place, come to. */
export function sumSales(position: Position, place: number, visit: PackedSales['visit']): Position {
  const { activatedAt, activatedBy } = position;
  if (activatedAt === undefined || (activatedBy !== undefined && place < 0)) return position;
  visit(Math.max(0, place), (sale) => {
    if (sale.remaining === 0 || sale.occurredAt < activatedAt) return;
    position.balance += sale.grants.points;
    countInTotals(position, sale);
  });
  position.month = newestMonth(position);
  return position;
}

const newestMonth = ({ months }: Position): number =>
  months.reduce((newest, { month }) => Math.max(newest, month), -Infinity);

export function writeTotals(to: ByteWriter, position: Position): void {
  to.signed(position.balance);
  to.unsigned(position.months.length);
  for (const { month, spend, points } of position.months) {
    to.signed(month);
    to.signed(spend);
    to.unsigned(points);
  }
  to.unsigned(position.days.length);
  for (const { businessDay, points, parkings } of position.days) {
    to.signed(businessDay);
    to.unsigned(points);
    to.unsigned(parkings);
  }
}

/** The sale held at a place. */
export type SaleAt = (place: number) => Pick<Sale, 'id' | 'occurredAt'> | undefined;

/** A position as far as its activation says, and the activation’s place; -1: no sale held is one. */
export function readActivation(
  from: ByteReader,
  names: Names,
  of: { readonly held: SaleAt; readonly base: Position | undefined },
): { position: Position; place: number } {
  const position = startPosition();
  let place = -1;
  const first = from.byte();
  position.tier = first % 4;
  const activation = activations[first >>> 2];
  if (activation === undefined) throw new RangeError('the state has an unknown activation');
  if (activation === 'base') {
    position.activatedAt = of.base?.activatedAt;
    position.activatedBy = of.base?.activatedBy;
  } else if (activation === 'held') {
    place = from.unsigned();
    const sale = of.held(place);
    position.activatedAt = sale?.occurredAt;
    position.activatedBy = sale?.id;
  } else if (activation !== 'none') {
    position.activatedAt = from.time();
    if (activation === 'sale') position.activatedBy = readId(from, names, from.signed());
  }
  if (position.tier > 0) position.holds = [{ rank: position.tier, through: Infinity }];
  return { position, place };
}

export function readTotals(from: ByteReader, position: Position): void {
  position.balance = from.signed();
  position.months = readList(from, () => ({
    month: from.signed(),
    spend: from.signed(),
    points: from.unsigned(),
  }));
  position.days = readList(from, () => ({
    businessDay: from.signed(),
    points: from.unsigned(),
    parkings: from.unsigned(),
  }));
  position.month = newestMonth(position);
}

export function writeLastDays(to: ByteWriter, { mall, byCategory }: LastDays): void {
  to.signed(mall);
  to.unsigned(byCategory.length / 2);
  for (let index = 0; index < byCategory.length; index += 2) {
    to.unsigned(byCategory[index] ?? 0);
    to.unsigned(mall - (byCategory[index + 1] ?? mall));
  }
}

export function readLastDays(from: ByteReader): LastDays {
  const mall = from.signed();
  const days: number[] = [];
  for (let count = from.unsigned(); count > 0; count--)
    days.push(from.unsigned(), mall - from.unsigned());
  // A copy is no larger than what is in it.
  return { mall, byCategory: days.slice() };
}
