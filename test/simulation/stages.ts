import type { Projection, SourcedRow } from '@semarak/infra/projection';
import { UnreadableRecord } from '@semarak/infra/records';
import type { Codec, Emission, Logic } from '@semarak/infra/stream-processor';
import type { TopicName, Typed } from '@semarak/schemas';

export type StreamWorkerName = 'grants' | 'numbers';
export type WorkerName = StreamWorkerName | 'projector';

/** Where the projector's rows go. */
export const database = 'simulated';

/** What each worker reads. */
export const inputs = {
  grants: 'transactions',
  numbers: 'entitlements',
  projector: 'reward-events',
} as const satisfies Record<WorkerName, TopicName>;

/** A member's sale. */
interface Sale {
  readonly memberId: string;
}

/**
 * An event of these stages. `says` holds all that it means, apart from where it comes from: it is
 * different for each event and follows from all that came before it.
 */
export interface Event {
  readonly sourcePartition: number;
  readonly sourceOffset: number;
  readonly ordinal: number;
  readonly says: string;
}

/** JSON in place of Avro: what is tested is when records are written, not how. */
export const codec: Codec = {
  prepare: () => Promise.resolve(),
  encode: (record) => Buffer.from(JSON.stringify(record)),
  decode(value) {
    const text = value?.toString() ?? '';
    if (!text.startsWith('{')) throw new UnreadableRecord('no record');
    return JSON.parse(text) as Typed;
  },
};

export const eventOf = ({ value }: Typed): Event => value as unknown as Event;

const made = (type: Typed['type'], value: Sale | Event): Typed =>
  ({ type, value }) as unknown as Typed;

export const sale = (memberId: string): Typed => made('TransactionRecorded', { memberId });

const texts = {
  encode: (_name: string, state: string): Uint8Array => Buffer.from(state),
  decode: (_name: string, bytes: Uint8Array): string => Buffer.from(bytes).toString(),
};

/**
 * Counts the sales of each member and of the partition, posts each sale and gives it a ticket, each third
 * of a member's a gift besides. All say the counts, which decide the campaign and thereby the partition.
 */
const grants: Logic<string> = {
  derived: 'loyalty-events',
  ...texts,
  statesOf: (record) => ['', (record.value as unknown as Sale).memberId],
  sourceOf: () => undefined,
  decide(record, states, { partition, offset }) {
    const { memberId } = record.value as unknown as Sale;
    const ofAll = Number(states.get('') ?? 0) + 1;
    const ofMember = Number(states.get(memberId) ?? 0) + 1;
    states.set('', String(ofAll));
    states.set(memberId, String(ofMember));
    const event = (ordinal: number, what: string): Event => ({
      sourcePartition: partition,
      sourceOffset: offset,
      ordinal,
      says: `${what} ${memberId}${ofMember} ${partition}.${ofAll}`,
    });
    const posted = made('TransactionPosted', event(0, 'posted'));
    const emissions: Emission[] = [
      { topic: 'loyalty-events', key: memberId, record: posted },
      entitlement(`draw${(ofAll + ofMember) % 3}`, made('DrawTicketEarned', event(1, 'ticket'))),
    ];
    if (ofMember % 3 === 0)
      emissions.push(entitlement(`stock${ofAll % 2}`, made('GiftEntitled', event(2, 'gift'))));
    return emissions;
  },
};

const entitlement = (key: string, record: Typed): Emission => ({
  topic: 'entitlements',
  key,
  record: { ...record, value: { ...record.value, campaign: key } } as Typed,
});

const campaignOf = (record: Typed): string => (record.value as { campaign: string }).campaign;

/** Numbers what a campaign gets and keeps a journal of it: what was applied, in order. */
const numbers: Logic<string> = {
  derived: 'reward-events',
  ...texts,
  statesOf: (record) => [campaignOf(record)],
  sourceOf: (record) => sourceOf(record, 'transactions'),
  decide(record, states, { partition, offset }) {
    const campaign = campaignOf(record);
    const journal = states.get(campaign) ?? '';
    const { says } = eventOf(record);
    const number = journal.split(';').length;
    states.set(campaign, `${journal}${says};`);
    const event = (ordinal: number, what: string): Event => ({
      sourcePartition: partition,
      sourceOffset: offset,
      ordinal,
      says: `${what} ${campaign}.${number} for ${says}`,
    });
    const events = [made('DrawTicketIssued', event(0, 'number'))];
    if (number % 2 === 0) events.push(made('GiftEarned', event(1, 'prize')));
    return events.map((one) => ({ topic: 'reward-events', key: campaign, record: one }));
  },
};

function sourceOf(record: Typed, topic: TopicName) {
  const { sourcePartition, sourceOffset, ordinal } = eventOf(record);
  return { topic, partition: sourcePartition, offset: sourceOffset, ordinal };
}

export const logics: Readonly<Record<StreamWorkerName, Logic<string>>> = { grants, numbers };

const table = (name: string) => ({
  name,
  columns: ['says', 'source_partition', 'source_offset', 'ordinal'],
  repeats: 'doubled' as const,
  encoder() {
    const rows: SourcedRow[] = [];
    return {
      add: (row: SourcedRow) => void rows.push(row),
      // A line each, so that rows can be put behind one another as those of RowBinary can.
      finish: () => Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
    };
  },
});

/** One row for each event, in two tables, one of which has two partitions. */
export const projection: Projection = {
  tables: { numbers: table('numbers'), prizes: table('prizes') },
  sourceOf: (record) => sourceOf(record, 'entitlements'),
  factsOf(record) {
    const { says, sourcePartition, sourceOffset, ordinal } = eventOf(record);
    const row = {
      says,
      source_partition: sourcePartition,
      source_offset: sourceOffset,
      ordinal,
    };
    return [
      record.type === 'DrawTicketIssued'
        ? { table: 'numbers', tablePartition: says.length % 2 === 0 ? 'even' : 'odd', row }
        : { table: 'prizes', tablePartition: 'all', row },
    ];
  },
};
