import type { Records } from '@semarak/schemas';
import type { Event } from '../comparison/consumer-view.ts';

/** A right that only one of two logs leaves standing. */
export interface UnlikeRight {
  readonly right: string;
  readonly is: 'surplus' | 'missing';
}

/**
 * What stands after some events of `entitlements`: which events gave it, and in which order, does not
 * matter. A right is known by its name alone. The version that decided is not part of it, nor are the
 * times: a sale that is sent again gives the same right.
 */
export class StandingRights {
  readonly #entitlements = new Set<string>();
  /** Versions and business days: nothing takes them back. */
  readonly #announcements = new Set<string>();

  /** Takes the next event that a consumer sees. Throws on one that is of no right. */
  take(event: Event): void {
    switch (event.type) {
      case 'DrawTicketEarned':
        this.#entitlements.add(ticketName(event.value));
        return;
      case 'DrawTicketForfeited':
        this.#entitlements.delete(ticketName(event.value));
        return;
      case 'GiftEntitled':
        this.#entitlements.add(giftName(event.value));
        return;
      case 'GiftWithdrawn':
        this.#entitlements.delete(giftName(event.value));
        return;
      case 'ProgrammeAnnounced':
        this.#announcements.add(`programme ${event.value.programme}/${event.value.version}`);
        return;
      case 'BusinessDayAnnounced':
        this.#announcements.add(`business day ${event.value.programme}/${event.value.businessDay}`);
        return;
      default:
        throw new Error(`${event.type} gives and takes no right`);
    }
  }

  /**
   * Where these differ from those that should stand. An announcement too many is no difference: it
   * cannot be taken back, and has no effect until a sale is decided by it.
   */
  *unlike(should: StandingRights): Generator<UnlikeRight> {
    for (const right of this.#entitlements)
      if (!should.#entitlements.has(right)) yield { right, is: 'surplus' };
    for (const right of should.#entitlements)
      if (!this.#entitlements.has(right)) yield { right, is: 'missing' };
    for (const right of should.#announcements)
      if (!this.#announcements.has(right)) yield { right, is: 'missing' };
  }
}

type Ticket = Records['DrawTicketEarned'];
type Gift = Records['GiftEntitled'];

const ticketName = ({ programme, campaign, memberId, transactionId, ticket }: Ticket): string =>
  `ticket ${programme}/${campaign}/${memberId}/${transactionId}/${ticket}`;

const giftName = (of: Gift): string =>
  `gift ${of.programme}/${of.campaign}/${of.memberId}/${of.transactionId}/${of.gift}/${of.edition}`;
