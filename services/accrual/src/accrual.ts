import { keyInTransactions, UnreadableRecord } from '@semarak/infra/records';
import type { Emission, Logic, RecordPosition, States } from '@semarak/infra/stream-processor';
import {
  decide,
  decodeState,
  encodeState,
  initialState,
  whyImpossible,
  type DomainEvent,
  type MemberRecord,
  type MemberState,
} from '@semarak/programme';
import {
  campaignKey,
  decodePublishedProgrammes,
  encodePublishedProgrammes,
  memberKey,
  publishedProgrammesName,
  tillKey,
  transactionKey,
  type BusinessDayClosed,
  type ProgrammePublished,
  type PublishedProgrammes,
  type TransactionRecorded,
  type Typed,
} from '@semarak/schemas';
import { enveloped, type Cause } from './enveloped.ts';
import { readDocument, rulesOf, withClosing, withProgramme } from './programmes.ts';

/** The partition's own state, or a history. */
export type AccrualState = PublishedProgrammes | MemberState;

/**
 * Folds `transactions` into histories and emits what changed. Control records change the partition's
 * own state and go on to every partition of `entitlements`.
 */
export const accrual: Logic<AccrualState> = {
  derived: 'loyalty-events',
  statesOf(record) {
    switch (record.type) {
      case 'TransactionRecorded':
        return [publishedProgrammesName, historyName(record.value)];
      case 'MemberEnrolled':
        return [publishedProgrammesName, memberKey(record.value)];
      default:
        return [publishedProgrammesName];
    }
  },

  keyOf: keyInTransactions,

  sourceOf: () => undefined,

  decide(record, states, at, [, history = '']) {
    switch (record.type) {
      case 'TransactionRecorded': {
        const { transactionId, memberId, occurredAt, receivedAt, programme } = record.value;
        const cause = { programme, cause: transactionId, occurredAt, receivedAt };
        // A member's history has the name that is the Kafka key of the member's events.
        const key = memberId === null ? transactionKey(record.value) : history;
        return fold(record, states, { at, cause, history, key });
      }
      case 'MemberEnrolled': {
        const { memberId, enrolledAt, receivedAt, programme } = record.value;
        const cause = { programme, cause: memberId, occurredAt: enrolledAt, receivedAt };
        return fold(record, states, { at, cause, history, key: history });
      }
      case 'ProgrammePublished':
        return publish(record.value, states, at);
      case 'BusinessDayClosed':
        return closeDay(record.value, states, at);
      default:
        throw new Error(`${record.type} does not belong into transactions`);
    }
  },

  encode: (name, state) =>
    name === publishedProgrammesName
      ? encodePublishedProgrammes(state as PublishedProgrammes)
      : encodeState(state as MemberState),

  decode: (name, bytes) =>
    name === publishedProgrammesName ? decodePublishedProgrammes(bytes) : decodeState(bytes),
};

/** A member's history; without a member, the sales of one terminal and business day together. */
function historyName(record: TransactionRecorded): string {
  const { programme, memberId } = record;
  if (memberId !== null) return memberKey({ programme, memberId });
  const { terminalId, businessDay } = tillKey(record.originalId ?? record.transactionId);
  return `${programme}/${terminalId}/${businessDay}`;
}

function programmes(states: States<AccrualState>): PublishedProgrammes {
  return (
    (states.get(publishedProgrammesName) as PublishedProgrammes | undefined) ?? { documents: [] }
  );
}

/** Where a record stands in the log and what of it every derived event repeats. */
interface Fold {
  readonly at: RecordPosition;
  readonly cause: Cause;
  /** Name of the state it is folded into. */
  readonly history: string;
  /** Kafka key of the events that stay with the member. */
  readonly key: string;
}

function fold(
  record: MemberRecord,
  states: States<AccrualState>,
  { at, cause, history, key }: Fold,
): readonly Emission[] {
  const rules = rulesOf(programmes(states), cause.programme);
  if (record.type === 'TransactionRecorded') {
    const impossible = whyImpossible(record.value, rules);
    if (impossible !== undefined) throw new UnreadableRecord(impossible);
  }
  const before = (states.get(history) as MemberState | undefined) ?? initialState();
  const { state, events } = decide(before, record, rules);
  states.set(history, state);

  const { partition: sourcePartition, offset: sourceOffset } = at;
  let ofMember = 0;
  let ofCampaigns = 0;
  return events.map((event): Emission => {
    const campaign = campaignOf(event);
    const ordinal = campaign === undefined ? ofMember++ : ofCampaigns++;
    return {
      topic: campaign === undefined ? 'loyalty-events' : 'entitlements',
      key: campaign === undefined ? key : campaignKey({ programme: cause.programme, campaign }),
      record: enveloped(event, { sourcePartition, sourceOffset, ordinal }, cause),
    };
  });
}

/** The campaign that must number or take from stock; undefined for what concerns the member alone. */
function campaignOf(event: DomainEvent): string | undefined {
  switch (event.type) {
    case 'DrawTicketEarned':
    case 'DrawTicketForfeited':
    case 'GiftEntitled':
    case 'GiftWithdrawn':
      return event.value.campaign;
    default:
      return undefined;
  }
}

function publish(
  { programme, version, partitions, document, supersedes }: ProgrammePublished,
  states: States<AccrualState>,
  at: RecordPosition,
): readonly Emission[] {
  const before = programmes(states);
  const after = withProgramme(before, { document: readDocument(document), supersedes });
  if (after === before) return [];
  states.set(publishedProgrammesName, after);
  return toEveryPartition(partitions, programme, (ordinal) => ({
    type: 'ProgrammeAnnounced',
    value: { ...source(at, ordinal), programme, version, partitions, document },
  }));
}

function closeDay(
  { programme, businessDay, closedAt, partitions }: BusinessDayClosed,
  states: States<AccrualState>,
  at: RecordPosition,
): readonly Emission[] {
  const before = programmes(states);
  const after = withClosing(before, { programme, businessDay });
  if (after === before) return [];
  states.set(publishedProgrammesName, after);
  return toEveryPartition(partitions, programme, (ordinal) => ({
    type: 'BusinessDayAnnounced',
    value: { ...source(at, ordinal), programme, businessDay, closedAt, partitions },
  }));
}

const source = (at: RecordPosition, ordinal: number) => ({
  sourcePartition: at.partition,
  sourceOffset: at.offset,
  ordinal,
});

/** The order of each `entitlements` partition decides by itself, so each must hear it. */
const toEveryPartition = (
  partitions: number,
  key: string,
  record: (ordinal: number) => Typed,
): readonly Emission[] =>
  Array.from({ length: partitions }, (_, partition) => ({
    topic: 'entitlements',
    key,
    partition,
    record: record(partition),
  }));
