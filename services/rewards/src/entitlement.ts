import type { RecordPosition } from '@semarak/infra/stream-processor';
import { topics, type Records, type RecordsOf, type Typed } from '@semarak/schemas';

/** A record that may stand in entitlements. */
export type EntitlementRecord = Typed<RecordsOf<'entitlements'>>;

/** The record as one of entitlements; throws on any other, which nobody may write there. */
export function entitlementOf(record: Typed): EntitlementRecord {
  if (!isEntitlement(record)) throw new Error(`${record.type} has no place in entitlements`);
  return record;
}

function isEntitlement(record: Typed): record is EntitlementRecord {
  return (topics.entitlements.records as readonly string[]).includes(record.type);
}

/** The fields that every reward event has. */
export type Envelope = Pick<
  Records['DrawTicketIssued'],
  | 'sourcePartition'
  | 'sourceOffset'
  | 'ordinal'
  | 'programme'
  | 'programmeVersion'
  | 'cause'
  | 'occurredAt'
  | 'receivedAt'
  | 'memberId'
  | 'campaign'
>;

/**
 * The envelope of the one event that a record of entitlements gives: its id is where the record lies,
 * the rest is the cause's.
 */
export const envelopeOf = (
  cause: Omit<Envelope, 'sourcePartition' | 'sourceOffset' | 'ordinal'>,
  at: RecordPosition,
): Envelope => ({
  sourcePartition: at.partition,
  sourceOffset: at.offset,
  ordinal: 0,
  programme: cause.programme,
  programmeVersion: cause.programmeVersion,
  cause: cause.cause,
  occurredAt: cause.occurredAt,
  receivedAt: cause.receivedAt,
  memberId: cause.memberId,
  campaign: cause.campaign,
});
