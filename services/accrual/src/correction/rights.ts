import type { Records, RecordsOf, Typed } from '@semarak/schemas';

/** A record of entitlements that accrual writes. */
export type Entitlement = Exclude<
  Typed<RecordsOf<'entitlements'>>,
  { readonly type: 'GiftHandedOver' | 'DerivationRestarted' }
>;

type Ticket = Pick<
  Records['DrawTicketEarned'],
  'programme' | 'campaign' | 'memberId' | 'transactionId' | 'ticket'
>;
type Gift = Pick<
  Records['GiftEntitled'],
  'programme' | 'campaign' | 'memberId' | 'transactionId' | 'gift' | 'edition'
>;

/** The same for the record that gives a right and for the one that takes it back. */
export function nameOf(record: Entitlement): string {
  switch (record.type) {
    case 'DrawTicketEarned':
    case 'DrawTicketForfeited':
      return ticketName(record.value);
    case 'GiftEntitled':
    case 'GiftWithdrawn':
      return giftName(record.value);
    case 'ProgrammeAnnounced':
      return `version ${record.value.version} of ${record.value.programme}`;
    case 'BusinessDayAnnounced':
      return `day ${record.value.businessDay} of ${record.value.programme}`;
  }
}

const ticketName = ({ programme, campaign, memberId, transactionId, ticket }: Ticket): string =>
  `ticket ${ticket} of ${transactionId}, ${memberId}, in ${programme}/${campaign}`;

const giftName = (of: Gift): string =>
  `gift ${of.gift} (${of.edition}) of ${of.transactionId}, ${of.memberId}, in ${of.programme}/${of.campaign}`;

/** The record that takes back what this one gives; undefined: it gives nothing that can be taken back. */
export function takingBack(record: Entitlement): Entitlement | undefined {
  switch (record.type) {
    case 'DrawTicketEarned':
      return { type: 'DrawTicketForfeited', value: record.value };
    case 'GiftEntitled':
      return { type: 'GiftWithdrawn', value: record.value };
    default:
      return undefined;
  }
}

/** The rights that stand after some records, each with the record that gives it, in the order they were given. */
export class StandingRights {
  readonly #given = new Map<string, Entitlement>();

  take(record: Entitlement): void {
    const name = nameOf(record);
    this.#given.delete(name);
    if (record.type !== 'DrawTicketForfeited' && record.type !== 'GiftWithdrawn')
      this.#given.set(name, record);
  }

  /** Rights that stand here and not there. */
  without(other: StandingRights): Entitlement[] {
    return [...this.#given].flatMap(([name, record]) => (other.#given.has(name) ? [] : [record]));
  }
}
