import type { Records } from '@semarak/schemas';

/** What accrual adds to each event: where its cause stands in the log, and the cause itself. */
type Envelope =
  | 'sourcePartition'
  | 'sourceOffset'
  | 'ordinal'
  | 'programme'
  | 'cause'
  | 'occurredAt'
  | 'receivedAt';

type Derived =
  | 'MemberActivated'
  | 'MemberDeactivated'
  | 'TierChanged'
  | 'PointsExpired'
  | 'TransactionPosted'
  | 'DrawTicketEarned'
  | 'DrawTicketForfeited'
  | 'GiftEntitled'
  | 'GiftWithdrawn'
  | 'ParkingGranted'
  | 'ParkingWithdrawn'
  | 'TransactionRejected'
  | 'RejectionWithdrawn';

/** A derived event without its envelope. */
export type DomainEvent = {
  [Name in Derived]: { readonly type: Name; readonly value: Omit<Records[Name], Envelope> };
}[Derived];
