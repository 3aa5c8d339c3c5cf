import type { Typed } from '@semarak/schemas';
import type { Event } from '../comparison/consumer-view.ts';

/** The source partition of all events here. */
export const source = 3;

/** A place in it. */
export interface At {
  readonly offset: number;
  readonly ordinal?: number;
}

const id = ({ offset, ordinal = 0 }: At) => ({
  sourcePartition: source,
  sourceOffset: offset,
  ordinal,
});

const envelope = (at: At) => ({
  ...id(at),
  programme: 'mall',
  programmeVersion: 1,
  cause: 'T1/2014-12-24/99',
  occurredAt: 5,
  receivedAt: 6,
  memberId: 'M1',
});

export const ticket = (
  type: 'DrawTicketEarned' | 'DrawTicketForfeited',
  at: At,
  of: { readonly sale: number; readonly ticket?: number; readonly memberId?: string },
): Event => ({
  type,
  value: {
    ...envelope(at),
    memberId: of.memberId ?? 'M1',
    campaign: 'draw',
    transactionId: `T1/2014-12-24/${of.sale}`,
    ticket: of.ticket ?? 0,
  },
});

export const gift = (
  type: 'GiftEntitled' | 'GiftWithdrawn',
  at: At,
  of: { readonly sale: number; readonly edition?: string; readonly programmeVersion?: number },
): Event => ({
  type,
  value: {
    ...envelope(at),
    programmeVersion: of.programmeVersion ?? 1,
    campaign: 'bear',
    transactionId: `T1/2014-12-24/${of.sale}`,
    gift: 'teddy-bear',
    edition: of.edition ?? 'christmas',
  },
});

export const announcedVersion = (at: At, version: number): Event => ({
  type: 'ProgrammeAnnounced',
  value: { ...id(at), programme: 'mall', version, partitions: 8, document: '{}' },
});

export const announcedDay = (at: At, businessDay: number): Event => ({
  type: 'BusinessDayAnnounced',
  value: { ...id(at), programme: 'mall', businessDay, closedAt: 7, partitions: 8 },
});

/** Above all that a record causes. */
export const correctionOrdinal = 1_000_000;

export const restarted = (offset: number, ordinal = correctionOrdinal): Event => ({
  type: 'DerivationRestarted',
  value: { ...id({ offset, ordinal }), restartedAt: 8 },
});

export const encoded = (event: Event): Buffer => Buffer.from(JSON.stringify(event));
export const decode = (value: Buffer): Typed => JSON.parse(value.toString()) as Typed;
