import type { DomainEvent } from '@semarak/programme';
import type { Typed } from '@semarak/schemas';

/** What every derived event repeats of its cause. */
export interface Cause {
  readonly programme: string;
  readonly cause: string;
  readonly occurredAt: number;
  readonly receivedAt: number;
}

/** An event’s id. */
export interface EventId {
  readonly sourcePartition: number;
  readonly sourceOffset: number;
  readonly ordinal: number;
}

/**
 * The record of an event. Those that most sales cause are written out: properties that are spread behind others
 * are added one by one, in memory that grows five times meanwhile.
 */
export function enveloped(event: DomainEvent, id: EventId, of: Cause): Typed {
  const { sourcePartition, sourceOffset, ordinal } = id;
  const { programme, cause, occurredAt, receivedAt } = of;
  switch (event.type) {
    case 'TransactionPosted': {
      const { value } = event;
      return {
        type: 'TransactionPosted',
        value: {
          sourcePartition,
          sourceOffset,
          ordinal,
          programme,
          programmeVersion: value.programmeVersion,
          cause,
          occurredAt,
          receivedAt,
          memberId: value.memberId,
          transactionId: value.transactionId,
          tenantId: value.tenantId,
          category: value.category,
          businessDay: value.businessDay,
          soldAt: value.soldAt,
          amount: value.amount,
          remaining: value.remaining,
          remainingChange: value.remainingChange,
          firstInCategory: value.firstInCategory,
          firstInCategoryChange: value.firstInCategoryChange,
          firstInMall: value.firstInMall,
          firstInMallChange: value.firstInMallChange,
          points: value.points,
          pointsChange: value.pointsChange,
          balance: value.balance,
          tickets: value.tickets,
          gift: value.gift,
          parking: value.parking,
        },
      };
    }
    case 'DrawTicketEarned': {
      const { value } = event;
      return {
        type: 'DrawTicketEarned',
        value: {
          sourcePartition,
          sourceOffset,
          ordinal,
          programme,
          programmeVersion: value.programmeVersion,
          cause,
          occurredAt,
          receivedAt,
          memberId: value.memberId,
          campaign: value.campaign,
          transactionId: value.transactionId,
          ticket: value.ticket,
        },
      };
    }
    default:
      return { type: event.type, value: { ...event.value, ...id, ...of } } as Typed;
  }
}
