import type { RejectionReason } from '@semarak/schemas';
import {
  nothing,
  type Correction,
  type GiftGrant,
  type Grants,
  type Sale,
  type TicketGrant,
} from '../history/state.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import {
  dayInId,
  readId,
  readName,
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

/** Undefined at the end of the sales. */
export function readSale(from: ByteReader, names: Names): Sale | undefined {
  const start = from.position;
  const bits = from.byte();
  if (bits === 0) return undefined;
  const businessDay = from.signed() + dayOrigin;
  const id = readId(from, names, businessDay);
  const occurredAt = businessDay * dayMs + from.signed() * ((bits & wholeSeconds) !== 0 ? 1000 : 1);
  const receivedAt = occurredAt + from.signed();
  const amount = from.signed() * ((bits & thousands) !== 0 ? 1000 : 1);
  const tenantId = readName(from, names);
  const currency = (bits & foreign) !== 0 ? readText(from, names) : (names[0] ?? '');
  const refusal = (bits & refused) !== 0 ? reasons[from.byte()] : undefined;
  const remaining = refusal !== undefined ? 0 : (bits & partly) !== 0 ? from.signed() : amount;
  const grants = (bits & granted) !== 0 ? readGrants(from, names) : nothing;
  return {
    kind: 'sale',
    id,
    businessDay,
    tenantId,
    amount,
    currency,
    occurredAt,
    receivedAt,
    refusal,
    remaining,
    posted: refusal === undefined ? remaining : undefined,
    grants,
    byteLength: from.position - start,
    changed: false,
  };
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

function readGrants(from: ByteReader, names: Names): Grants {
  const bits = from.byte();
  const points = from.unsigned();
  let gift: GiftGrant | undefined;
  if ((bits & 2) !== 0) {
    const campaign = readText(from, names);
    const item = readText(from, names);
    gift = { campaign, gift: item, edition: readText(from, names) };
  }
  const tickets: TicketGrant[] = [];
  const length = (bits & 4) !== 0 ? from.unsigned() : 0;
  for (let index = 0; index < length; index++) {
    const campaign = readText(from, names);
    tickets.push({ campaign, count: from.unsigned() });
  }
  return { points, tickets, gift, parking: (bits & 1) !== 0 };
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
