import {
  campaignKey,
  giftIdParts,
  tillKey,
  type GiftItem,
  type Records,
  type RecordsOf,
  type RewardState,
  type Typed,
} from '@semarak/schemas';
import type { Event } from '../comparison/consumer-view.ts';
import { documentOf } from './accrual-recount.ts';
import { inOrder } from './reward-states.ts';
import { assertNever } from '../assert-never.ts';

/** What a record of `entitlements` should have caused. */
export type Rewarded =
  | { readonly type: 'event'; readonly event: Event }
  | { readonly type: 'nothing' }
  /** No right or no stock of that kind can be: the log itself is wrong there. */
  | { readonly type: 'impossible'; readonly why: string };

type Ticket = Records['DrawTicketEarned'];
type Gift = Records['GiftEntitled'];
type Item = { -readonly [Field in keyof GiftItem]: GiftItem[Field] };

interface Campaign {
  /** Numbers of a draw, or serials of gifts, given out so far. */
  last: number;
  readonly kind: 'draw' | 'gift_stock';
  /** Items out of stock by `YYYY-MM/edition`. */
  readonly taken: Map<string, number>;
}

const nothing: Rewarded = { type: 'nothing' };
const impossible = (why: string): Rewarded => ({ type: 'impossible', why });

/**
 * One partition of `entitlements` counted again, in its own order: draw numbers, gifts and stock. The
 * rules are those that services/rewards/README.md tells; the code is not its.
 */
export class RewardsRecount {
  readonly #partition: number;
  readonly #campaigns = new Map<string, Campaign>();
  /** Numbers by member of a campaign, sale and ticket. */
  readonly #numbers = new Map<string, Map<string, Map<number, number>>>();
  readonly #items = new Map<string, Item[]>();
  readonly #holders = new Map<string, string>();
  /** Stock by `programme/version`, then `campaign/YYYY-MM/edition`. */
  readonly #configured = new Map<string, Map<string, number>>();

  constructor(partition: number) {
    this.#partition = partition;
  }

  /** Takes the next record that a consumer sees. */
  apply(record: Typed<RecordsOf<'entitlements'>>, offset: number): Rewarded {
    switch (record.type) {
      case 'DrawTicketEarned':
        return this.#issue(record.value, offset);
      case 'DrawTicketForfeited':
        return this.#void(record.value, offset);
      case 'GiftEntitled':
        return this.#entitle(record.value, offset);
      case 'GiftWithdrawn':
        return this.#withdraw(record.value, offset);
      case 'GiftHandedOver':
        return this.#handOver(record.value, offset);
      case 'ProgrammeAnnounced':
        return this.#announce(record.value);
      case 'BusinessDayAnnounced':
      case 'DerivationRestarted':
        return nothing;
      default:
        return assertNever(record);
    }
  }

  /** The names that Redis should have states under. */
  names(): string[] {
    return [
      ...(this.#configured.size === 0 ? [] : ['']),
      ...this.#campaigns.keys(),
      ...this.#numbers.keys(),
      ...this.#items.keys(),
      ...this.#holders.keys(),
    ];
  }

  /** The state that Redis should have, in the order that `inOrder` gives; undefined: none. */
  state(name: string): RewardState | undefined {
    if (name === '') return this.#configured.size === 0 ? undefined : this.#stocks();
    const campaign = this.#campaigns.get(name);
    if (campaign?.kind === 'draw') return { type: 'draw', issued: campaign.last };
    if (campaign !== undefined) {
      const taken = [...campaign.taken].map(([place, count]) => {
        const [month = '', edition = ''] = place.split('/');
        return { month, edition, count };
      });
      return inOrder({ type: 'gift_stock', lastSerial: campaign.last, taken });
    }
    const numbers = this.#numbers.get(name);
    if (numbers !== undefined) {
      const sales = [...numbers].map(([transactionId, tickets]) => ({
        transactionId,
        tickets: [...tickets].map(([ticket, number]) => ({ ticket, number })),
      }));
      return inOrder({ type: 'tickets', sales });
    }
    const items = this.#items.get(name);
    if (items !== undefined) return inOrder({ type: 'gifts', items });
    const memberId = this.#holders.get(name);
    return memberId === undefined ? undefined : { type: 'holder', memberId };
  }

  #issue(value: Ticket, offset: number): Rewarded {
    const held = this.#numbersOf(value);
    const tickets = held.get(value.transactionId) ?? new Map<number, number>();
    if (tickets.has(value.ticket)) return impossible('the right has a number already');
    const campaign = this.#campaign(value, 'draw');
    const number = ++campaign.last;
    held.set(value.transactionId, tickets.set(value.ticket, number));
    return this.#ticketEvent('DrawTicketIssued', value, { offset, number });
  }

  #void(value: Ticket, offset: number): Rewarded {
    const held = this.#numbersOf(value);
    const tickets = held.get(value.transactionId);
    const number = tickets?.get(value.ticket);
    if (tickets === undefined || number === undefined)
      return impossible('the right that is forfeited has no number');
    tickets.delete(value.ticket);
    if (tickets.size === 0) held.delete(value.transactionId);
    return this.#ticketEvent('DrawTicketVoided', value, { offset, number });
  }

  #ticketEvent(
    type: 'DrawTicketIssued' | 'DrawTicketVoided',
    value: Ticket,
    { offset, number }: { offset: number; number: number },
  ): Rewarded {
    const { transactionId, ticket } = value;
    const event = { ...this.#envelope(value, offset), number, transactionId, ticket };
    return { type: 'event', event: { type, value: event } };
  }

  #entitle(value: Gift, offset: number): Rewarded {
    const { transactionId, gift, edition, programmeVersion } = value;
    const items = this.#itemsOf(value);
    const same = items.filter((item) => isOf(item, value));
    if (same.some(({ status }) => isStanding(status)))
      return impossible('the sale has this gift already');
    const claimed = same.find(({ status }) => status === 'claimed');
    const wanted = { transactionId, edition, programmeVersion };
    const configured = this.#configuredFor(value, wanted);
    if (configured === undefined) return impossible('no stock of this gift was announced');
    const campaign = this.#campaign(value, 'gift_stock');
    if (claimed !== undefined) {
      claimed.status = 'handed_over';
      return this.#giftEvent('GiftEarned', value, { offset, item: claimed });
    }
    const place = placeOf(wanted);
    const taken = campaign.taken.get(place) ?? 0;
    const isLeft = taken < configured;
    if (isLeft) campaign.taken.set(place, taken + 1);
    const status = isLeft ? 'earned' : 'unavailable';
    const serial = ++campaign.last;
    const item: Item = { serial, transactionId, gift, edition, programmeVersion, status };
    items.push(item);
    this.#holders.set(`${value.programme}/${value.campaign}~${serial}`, value.memberId);
    return this.#giftEvent(isLeft ? 'GiftEarned' : 'GiftUnavailable', value, { offset, item });
  }

  #withdraw(value: Gift, offset: number): Rewarded {
    const items = this.#itemsOf(value);
    const item = items.find((other) => isOf(other, value) && isStanding(other.status));
    if (item === undefined) return impossible('the right that is withdrawn was never given');
    switch (item.status) {
      case 'handed_over':
        item.status = 'claimed';
        return this.#giftEvent('GiftClaimed', value, { offset, item });
      case 'earned':
        item.status = 'returned';
        this.#take(value, item, -1);
        return this.#giftEvent('GiftReturned', value, { offset, item });
      default:
        items.splice(items.indexOf(item), 1);
        return this.#giftEvent('GiftReturned', value, { offset, item });
    }
  }

  #handOver(value: Records['GiftHandedOver'], offset: number): Rewarded {
    const parts = giftIdParts(value.giftId);
    if (parts?.campaign !== value.campaign) return nothing;
    const item = this.#items.get(memberName(value))?.find(({ serial }) => serial === parts.serial);
    if (item?.status === 'earned') {
      item.status = 'handed_over';
      return nothing;
    }
    if (item?.status !== 'returned') return nothing;
    item.status = 'claimed';
    this.#take(value, item, 1);
    const cause = {
      ...value,
      programmeVersion: item.programmeVersion,
      cause: item.transactionId,
      occurredAt: value.handedOverAt,
      receivedAt: value.handedOverAt,
    };
    return this.#giftEvent('GiftClaimed', cause, { offset, item });
  }

  #giftEvent(
    type: 'GiftEarned' | 'GiftUnavailable' | 'GiftReturned' | 'GiftClaimed',
    cause: Cause,
    { offset, item }: { offset: number; item: Item },
  ): Rewarded {
    const { transactionId, gift, edition, serial } = item;
    const taken = this.#campaigns.get(campaignKey(cause))?.taken.get(placeOf(item)) ?? 0;
    const configured = this.#configuredFor(cause, item) ?? 0;
    const value = {
      ...this.#envelope(cause, offset),
      gift,
      edition,
      giftId: `${cause.campaign}~${serial}`,
      transactionId,
      stockLeft: configured > taken ? configured - taken : 0,
    };
    return { type: 'event', event: { type, value } };
  }

  #envelope(cause: Cause, sourceOffset: number) {
    const { programme, programmeVersion, occurredAt, receivedAt, memberId, campaign } = cause;
    const id = { sourcePartition: this.#partition, sourceOffset, ordinal: 0 };
    return {
      ...id,
      programme,
      programmeVersion,
      cause: cause.cause,
      occurredAt,
      receivedAt,
      memberId,
      campaign,
    };
  }

  #announce({ programme, version, document }: Records['ProgrammeAnnounced']): Rewarded {
    const key = `${programme}/${version}`;
    if (this.#configured.has(key)) return nothing;
    const parsed = documentOf(document);
    if (parsed === undefined) return impossible('the announced version has no document');
    const stocks = parsed.gifts.flatMap(({ campaign, editions }) =>
      editions.map(
        ({ month, edition, stock }) => [`${campaign}/${month}/${edition}`, stock] as const,
      ),
    );
    this.#configured.set(key, new Map(stocks));
    return nothing;
  }

  #stocks(): RewardState {
    const versions = [...this.#configured].map(([key, rows]) => {
      const [programme = '', version] = key.split('/');
      const stocks = [...rows].map(([row, stock]) => {
        const [campaign = '', month = '', edition = ''] = row.split('/');
        return { campaign, month, edition, stock };
      });
      return { programme, version: Number(version), stocks };
    });
    return inOrder({ type: 'programme_stocks', versions });
  }

  #configuredFor(
    of: { programme: string; campaign: string },
    item: Pick<Item, 'transactionId' | 'edition' | 'programmeVersion'>,
  ): number | undefined {
    return this.#configured
      .get(`${of.programme}/${item.programmeVersion}`)
      ?.get(`${of.campaign}/${placeOf(item)}`);
  }

  #take(of: { programme: string; campaign: string }, item: Item, change: 1 | -1): void {
    const { taken } = this.#campaign(of, 'gift_stock');
    const place = placeOf(item);
    taken.set(place, (taken.get(place) ?? 0) + change);
  }

  #campaign(of: { programme: string; campaign: string }, kind: Campaign['kind']): Campaign {
    const key = campaignKey(of);
    let campaign = this.#campaigns.get(key);
    if (campaign === undefined) {
      campaign = { kind, last: 0, taken: new Map() };
      this.#campaigns.set(key, campaign);
    }
    return campaign;
  }

  #numbersOf(value: Ticket): Map<string, Map<number, number>> {
    return inMap(this.#numbers, memberName(value), () => new Map<string, Map<number, number>>());
  }

  #itemsOf(value: Gift): Item[] {
    return inMap(this.#items, memberName(value), (): Item[] => []);
  }
}

type Cause = Pick<
  Gift,
  'programme' | 'programmeVersion' | 'cause' | 'occurredAt' | 'receivedAt' | 'memberId' | 'campaign'
>;

const memberName = (of: { programme: string; campaign: string; memberId: string }): string =>
  `${of.programme}/${of.campaign}/${of.memberId}`;

const isStanding = (status: Item['status']): boolean =>
  status === 'earned' || status === 'handed_over' || status === 'unavailable';

const isOf = (item: Item, right: Gift): boolean =>
  item.transactionId === right.transactionId &&
  item.gift === right.gift &&
  item.edition === right.edition;

/** The month of the sale’s business day, and the edition: a stock of its own. */
const placeOf = (item: { transactionId: string; edition: string }): string =>
  `${tillKey(item.transactionId).businessDay.slice(0, 7)}/${item.edition}`;

function inMap<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
