import avro, { type Schema, type Type } from 'avsc';
import { giftStatuses, type RewardState } from './state.ts';

type Kind = RewardState['type'];

const record = (name: string, fields: Record<string, Schema>): Schema => ({
  type: 'record',
  name,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
});
const listOf = (items: Schema): Schema => ({ type: 'array', items });

const versionStocks = record('VersionStocks', {
  programme: 'string',
  version: 'int',
  stocks: listOf(
    record('EditionStock', {
      campaign: 'string',
      month: 'string',
      edition: 'string',
      stock: 'long',
    }),
  ),
});
const editionTaken = record('EditionTaken', { month: 'string', edition: 'string', count: 'long' });
const saleTickets = record('SaleTickets', {
  transactionId: 'string',
  tickets: listOf(record('NumberedTicket', { ticket: 'int', number: 'long' })),
});
const giftItem = record('GiftItem', {
  serial: 'long',
  transactionId: 'string',
  gift: 'string',
  edition: 'string',
  programmeVersion: 'int',
  status: { type: 'enum', name: 'GiftStatus', symbols: [...giftStatuses] },
});

/**
 * One leading byte tells the kind, the rest is its Avro body. A tag is never given to another
 * schema: a changed schema gets a new one, and the old tag stays readable.
 */
const formats: readonly { readonly tag: number; readonly kind: Kind; readonly type: Type }[] = [
  { tag: 1, kind: 'programme_stocks', schema: { versions: listOf(versionStocks) } },
  { tag: 2, kind: 'draw', schema: { issued: 'long' } },
  { tag: 3, kind: 'gift_stock', schema: { lastSerial: 'long', taken: listOf(editionTaken) } },
  { tag: 4, kind: 'tickets', schema: { sales: listOf(saleTickets) } },
  { tag: 5, kind: 'gifts', schema: { items: listOf(giftItem) } },
  { tag: 6, kind: 'holder', schema: { memberId: 'string' } },
].map(({ tag, kind, schema }) => ({
  tag,
  kind: kind as Kind,
  type: avro.Type.forSchema(record(kind, schema as Record<string, Schema>), {
    omitRecordMethods: true,
  }),
}));

/** The bytes of a state. Throws when a value does not fit, such as a fraction for a number. */
export function encodeRewardState(state: RewardState): Uint8Array {
  const format = formats.find(({ kind }) => kind === state.type);
  if (format === undefined) throw new Error(`${state.type} is no state of rewards`);
  const body = format.type.toBuffer(state);
  const bytes = new Uint8Array(body.length + 1);
  bytes[0] = format.tag;
  bytes.set(body, 1);
  return bytes;
}

/** A state from its bytes. Throws when they are none. */
export function decodeRewardState(bytes: Uint8Array): RewardState {
  const format = formats.find(({ tag }) => tag === bytes[0]);
  if (format === undefined)
    throw new Error(
      `it has format ${String(bytes[0])}, and this version reads ${formats.map(({ tag }) => tag).join(', ')}`,
    );
  const body = Buffer.from(bytes.buffer, bytes.byteOffset + 1, bytes.byteLength - 1);
  const value = format.type.fromBuffer(body) as object;
  return { type: format.kind, ...value } as RewardState;
}

/**
 * A state of one kind, or undefined for null: nothing stored. Throws when it is of another kind,
 * since a name has one kind for ever.
 */
export function rewardStateOf<K extends Kind>(
  kind: K,
  bytes: Uint8Array | null,
): Extract<RewardState, { type: K }> | undefined {
  if (bytes === null) return undefined;
  const state = decodeRewardState(bytes);
  if (state.type !== kind)
    throw new Error(`expected ${kind} in a state of rewards, got ${state.type}`);
  return state as Extract<RewardState, { type: K }>;
}
