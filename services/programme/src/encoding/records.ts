import type { RejectionReason } from '@semarak/schemas';
import {
  nothing,
  type Correction,
  type Grants,
  type Sale,
  type TicketGrant,
} from '../history/state.ts';
import type { VisitedSale } from '../history/packed-sales.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import {
  dayInId,
  idOf,
  fingerprintOfParts,
  nameOf,
  noParts,
  readId,
  readIdParts,
  readName,
  readNameParts,
  readText,
  writeId,
  writeName,
  writeText,
  type Names,
} from './names.ts';

const dayMs = 86_400_000;
const dayOrigin = 16_000;

/** In the order of their numbers in the format: append only. */
const reasons: readonly RejectionReason[] = [
  'conflict',
  'no_programme_in_force',
  'too_late',
  'sale_voided',
  'refund_exceeds_sale',
];

/** Bits of a sale’s first byte, which is never 0: that ends the sales. */
const present = 1;
const wholeSeconds = 2;
const thousands = 4;
const partly = 8;
const granted = 16;
const foreign = 32;
const refused = 64;

/** `names[0]` is the currency that most sales have. */
export function writeSale(to: ByteWriter, names: Names, sale: Sale): void {
  const { grants } = sale;
  if (names.length === 0) names.push(sale.currency);
  const sinceDay = sale.occurredAt - sale.businessDay * dayMs;
  const seconds = sinceDay % 1000 === 0;
  const round = sale.amount % 1000 === 0;
  const isPartly = sale.remaining !== sale.amount;
  const isForeign = sale.currency !== names[0];
  const isRefused = sale.refusal !== undefined;
  to.byte(
    present |
      (seconds ? wholeSeconds : 0) |
      (round ? thousands : 0) |
      (isPartly && !isRefused ? partly : 0) |
      (grants === nothing ? 0 : granted) |
      (isForeign ? foreign : 0) |
      (isRefused ? refused : 0),
  );
  to.signed(sale.businessDay - dayOrigin);
  writeId(to, names, { id: sale.id, day: sale.businessDay });
  to.signed(seconds ? sinceDay / 1000 : sinceDay);
  to.signed(sale.receivedAt - sale.occurredAt);
  to.signed(round ? sale.amount / 1000 : sale.amount);
  writeName(to, names, sale.tenantId);
  if (isForeign) writeText(to, names, sale.currency);
  if (isRefused) to.byte(reasons.indexOf(sale.refusal ?? 'conflict'));
  else if (isPartly) to.signed(sale.remaining);
  if (grants !== nothing) writeGrants(to, names, grants);
}

/**
 * A sale that is read without being made: its numbers, until the next is read. There is one for all, so that looking
 * through a state’s sales allocates nothing.
 */
export class SaleReader implements VisitedSale {
  businessDay = 0;
  occurredAt = 0;
  receivedAt = 0;
  amount = 0;
  remaining = 0;
  refusal: RejectionReason | undefined;
  readonly grants = { points: 0, parking: false };
  readonly #id = noParts();
  readonly #tenant = { head: 0, digits: 0 };
  #names: Names = [];
  #currency = 0;
  #isGranted = false;
  /** Numbers of the gift’s campaign, item and edition; empty: no gift. */
  readonly #gift: number[] = [];
  /** Number of the campaign and count by turns. */
  readonly #tickets: number[] = [];
  #byteLength = 0;

  /** False at the end of the sales. */
  read(from: ByteReader, names: Names): boolean {
    const start = from.position;
    const bits = from.byte();
    if (bits === 0) return false;
    this.#names = names;
    this.businessDay = from.signed() + dayOrigin;
    readIdParts(from, this.#id);
    this.occurredAt =
      this.businessDay * dayMs + from.signed() * ((bits & wholeSeconds) !== 0 ? 1000 : 1);
    this.receivedAt = this.occurredAt + from.signed();
    this.amount = from.signed() * ((bits & thousands) !== 0 ? 1000 : 1);
    readNameParts(from, this.#tenant);
    this.#currency = (bits & foreign) !== 0 ? from.unsigned() : 0;
    this.refusal = (bits & refused) !== 0 ? reasons[from.byte()] : undefined;
    if (this.refusal !== undefined) this.remaining = 0;
    else this.remaining = (bits & partly) !== 0 ? from.signed() : this.amount;
    this.#readGrants(from, (bits & granted) !== 0);
    this.#byteLength = from.position - start;
    return true;
  }

  #readGrants(from: ByteReader, isGranted: boolean): void {
    const { grants } = this;
    this.#isGranted = isGranted;
    // To shorten an array takes a while, and most sales earn points alone.
    if (this.#gift.length > 0) this.#gift.length = 0;
    if (this.#tickets.length > 0) this.#tickets.length = 0;
    const bits = isGranted ? from.byte() : 0;
    grants.parking = (bits & 1) !== 0;
    grants.points = isGranted ? from.unsigned() : 0;
    if ((bits & 2) !== 0) this.#gift.push(from.unsigned(), from.unsigned(), from.unsigned());
    if ((bits & 4) === 0) return;
    for (let length = from.unsigned(); length > 0; length--)
      this.#tickets.push(from.unsigned(), from.unsigned());
  }

  /** As `fingerprintOf` its id. */
  get fingerprint(): number {
    return fingerprintOfParts(this.#id);
  }

  get id(): string {
    return idOf(this.#id, this.#names, this.businessDay);
  }

  get tenantId(): string {
    return nameOf(this.#tenant, this.#names);
  }

  /** The sale itself. */
  sale(): Sale {
    const { businessDay, amount, occurredAt, receivedAt, refusal, remaining } = this;
    return {
      kind: 'sale',
      id: this.id,
      businessDay,
      tenantId: this.tenantId,
      amount,
      currency: this.#currency === 0 ? (this.#names[0] ?? '') : this.#name(this.#currency),
      occurredAt,
      receivedAt,
      refusal,
      remaining,
      posted: refusal === undefined ? remaining : undefined,
      grants: this.#isGranted ? this.#grants() : nothing,
      byteLength: this.#byteLength,
      changed: false,
    };
  }

  #grants(): Grants {
    const { points, parking } = this.grants;
    const [campaign, gift, edition] = this.#gift.map((number) => this.#name(number));
    const tickets: TicketGrant[] = [];
    for (let index = 0; index < this.#tickets.length; index += 2)
      tickets.push({
        campaign: this.#name(this.#tickets[index] ?? 0),
        count: this.#tickets[index + 1] ?? 0,
      });
    return {
      points,
      tickets,
      gift:
        campaign === undefined || gift === undefined || edition === undefined
          ? undefined
          : { campaign, gift, edition },
      parking,
    };
  }

  #name(number: number): string {
    const name = this.#names[number];
    if (name === undefined) throw new RangeError('the state names a string that it lacks');
    return name;
  }
}

function writeGrants(to: ByteWriter, names: Names, grants: Grants): void {
  const { points, tickets, gift, parking } = grants;
  to.byte((parking ? 1 : 0) | (gift === undefined ? 0 : 2) | (tickets.length > 0 ? 4 : 0));
  to.unsigned(points);
  if (gift !== undefined) {
    writeText(to, names, gift.campaign);
    writeText(to, names, gift.gift);
    writeText(to, names, gift.edition);
  }
  if (tickets.length === 0) return;
  to.unsigned(tickets.length);
  for (const { campaign, count } of tickets) {
    writeText(to, names, campaign);
    to.unsigned(count);
  }
}

export function writeCorrection(to: ByteWriter, names: Names, correction: Correction): void {
  const { refusal, tenantId, currency } = correction;
  to.byte(
    (correction.kind === 'void' ? 1 : 0) |
      (tenantId === null ? 0 : 2) |
      (currency === null ? 0 : 4) |
      (refusal === undefined ? 0 : 8 * (1 + reasons.indexOf(refusal))),
  );
  to.signed(correction.businessDay - dayOrigin);
  writeId(to, names, { id: correction.id, day: correction.businessDay });
  const day = dayInId(correction.originalId);
  to.signed(day - correction.businessDay);
  writeId(to, names, { id: correction.originalId, day });
  to.signed(correction.occurredAt - correction.businessDay * dayMs);
  to.signed(correction.receivedAt - correction.occurredAt);
  to.signed(correction.amount);
  if (tenantId !== null) writeName(to, names, tenantId);
  if (currency !== null) writeText(to, names, currency);
}

export function readCorrection(from: ByteReader, names: Names): Correction {
  const bits = from.byte();
  const businessDay = from.signed() + dayOrigin;
  const id = readId(from, names, businessDay);
  const originalId = readId(from, names, businessDay + from.signed());
  const occurredAt = businessDay * dayMs + from.signed();
  const receivedAt = occurredAt + from.signed();
  const amount = from.signed();
  return {
    kind: (bits & 1) !== 0 ? 'void' : 'refund',
    id,
    originalId,
    businessDay,
    tenantId: (bits & 2) !== 0 ? readName(from, names) : null,
    amount,
    currency: (bits & 4) !== 0 ? readText(from, names) : null,
    occurredAt,
    receivedAt,
    refusal: reasons[(bits >>> 3) - 1],
  };
}
