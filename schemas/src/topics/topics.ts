import type { Records } from '../generated/records.ts';

export type RecordName = keyof Records;

/** A record with its type beside it, as codecs read and write it. */
export type Typed<Name extends RecordName = RecordName> = {
  [N in Name]: { readonly type: N; readonly value: Records[N] };
}[Name];

interface TopicContract {
  /** What one key stands for; records of one key keep their order. */
  readonly key: 'member' | 'campaign' | 'source';
  /** The only records that may stand in the topic. */
  readonly records: readonly RecordName[];
  /** `keep`: for ever, it is the truth. `compact`: the newest of each key. `derived`: can be made again. */
  readonly retention: 'keep' | 'compact' | 'derived';
}

/**
 * The topics and what each may carry. Those keyed by member are co-partitioned: the same key lies
 * in the same partition number of each.
 */
export const topics = {
  transactions: {
    key: 'member',
    records: ['TransactionRecorded', 'MemberEnrolled', 'ProgrammePublished', 'BusinessDayClosed'],
    retention: 'keep',
  },
  members: { key: 'member', records: ['MemberProfile'], retention: 'compact' },
  'loyalty-events': {
    key: 'member',
    records: [
      'MemberActivated',
      'MemberDeactivated',
      'TransactionPosted',
      'TierChanged',
      'PointsExpired',
      'ParkingGranted',
      'ParkingWithdrawn',
      'TransactionRejected',
      'RejectionWithdrawn',
    ],
    retention: 'derived',
  },
  entitlements: {
    key: 'campaign',
    records: [
      'DrawTicketEarned',
      'DrawTicketForfeited',
      'GiftEntitled',
      'GiftWithdrawn',
      'GiftHandedOver',
      'ProgrammeAnnounced',
      'BusinessDayAnnounced',
      'DerivationRestarted',
    ],
    retention: 'keep',
  },
  'reward-events': {
    key: 'campaign',
    records: [
      'DrawTicketIssued',
      'DrawTicketVoided',
      'GiftEarned',
      'GiftUnavailable',
      'GiftReturned',
      'GiftClaimed',
    ],
    retention: 'derived',
  },
  'dead-letters': { key: 'source', records: ['DeadLetter'], retention: 'keep' },
} as const satisfies Record<string, TopicContract>;

export type TopicName = keyof typeof topics;
export const topicNames = Object.keys(topics) as TopicName[];

/** What each consumer group of the pipeline reads, in flow order. */
export const consumerGroups = {
  accrual: ['transactions'],
  rewards: ['entitlements'],
  // `entitlements` is not among them: reward-events says more.
  projector: ['transactions', 'members', 'loyalty-events', 'reward-events'],
} as const satisfies Record<string, readonly TopicName[]>;

/** The records that a topic may carry. */
export type RecordsOf<Topic extends TopicName> = (typeof topics)[Topic]['records'][number];

/** Kafka key of a member's records, and the name of the member's state. */
export const memberKey = (at: { programme: string; memberId: string }): string =>
  `${at.programme}/${at.memberId}`;

/** Whose key it is; undefined of text that is none. */
export function memberOfKey(key: string): { programme: string; memberId: string } | undefined {
  const [, programme, memberId] = /^([^/]+)\/([^/]+)$/.exec(key) ?? [];
  return programme === undefined || memberId === undefined ? undefined : { programme, memberId };
}

/** Kafka key of a campaign's records. */
export const campaignKey = (at: { programme: string; campaign: string }): string =>
  `${at.programme}/${at.campaign}`;

/** The till’s own key: unique in a programme. */
export interface TillKey {
  readonly terminalId: string;
  readonly businessDay: string;
  readonly sequence: number;
}

const tillKeyPattern = /^([^/]+)\/([^/]+)\/([^/]+)$/;

/** `terminalId/businessDay/sequence`. */
export const transactionId = (key: TillKey): string =>
  `${key.terminalId}/${key.businessDay}/${String(key.sequence)}`;

/** The parts of a transaction id; throws on text that is none. */
export function tillKey(id: string): TillKey {
  const [, terminalId, businessDay, sequence] = tillKeyPattern.exec(id) ?? [];
  if (terminalId === undefined || businessDay === undefined)
    throw new Error(`"${id}" is no transaction id: terminalId/businessDay/sequence`);
  return { terminalId, businessDay, sequence: Number(sequence) };
}

/** The first id of a transaction that `tillKey` cannot read, if there is one. */
export const unreadableIdOf = (record: {
  transactionId: string;
  originalId: string | null;
}): string | undefined =>
  [record.transactionId, record.originalId ?? record.transactionId].find(
    (id) => !tillKeyPattern.test(id),
  );

/**
 * Kafka key of a transaction: its member, or for an anonymous one the terminal of the sale (of a
 * refund or void: of the transaction it names), so that the three lie in one partition.
 */
export function transactionKey(record: {
  programme: string;
  transactionId: string;
  memberId: string | null;
  originalId: string | null;
}): string {
  if (record.memberId !== null) return memberKey({ ...record, memberId: record.memberId });
  return `${record.programme}/${tillKey(record.originalId ?? record.transactionId).terminalId}`;
}
