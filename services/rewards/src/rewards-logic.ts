import assert from 'node:assert/strict';
import type {
  Emission,
  Logic,
  RecordPosition,
  SourcePosition,
  States,
} from '@semarak/infra/stream-processor';
import {
  campaignKey,
  decodeRewardState,
  encodeRewardState,
  giftId,
  giftIdParts,
  rewardStateNames,
  type Records,
  type RewardState,
  type Typed,
} from '@semarak/schemas';
import { assertNever } from './assert-never.ts';
import { issueTicket, noNumberIssued, noTickets, voidTicket } from './draw-tickets.ts';
import { entitlementOf, envelopeOf, type Envelope } from './entitlement.ts';
import {
  handOverGift,
  noGifts,
  noGiftsTaken,
  stockLeft,
  stockMonth,
  takeGift,
  withdrawGift,
  type GiftDecision,
  type GiftStates,
} from './gifts.ts';
import { configuredStock, noStocks, takeAnnouncement } from './programme-stocks.ts';

/**
 * Numbers tickets and takes gifts from stock, in the order of the partition of entitlements, which is
 * the only order of a campaign. See README.md for the rules.
 */
export const rewardsLogic: Logic<RewardState> = {
  derived: 'reward-events',
  statesOf,
  sourceOf,
  decide,
  encode: (_name, state) => encodeRewardState(state),
  decode: (_name, bytes) => decodeRewardState(bytes),
};

function statesOf(record: Typed): readonly string[] {
  const entitlement = entitlementOf(record);
  switch (entitlement.type) {
    case 'DrawTicketEarned':
    case 'DrawTicketForfeited':
      return [
        rewardStateNames.campaign(entitlement.value),
        rewardStateNames.member(entitlement.value),
      ];
    case 'GiftEntitled':
    case 'GiftWithdrawn':
    case 'GiftHandedOver':
      return [
        rewardStateNames.stocks,
        rewardStateNames.campaign(entitlement.value),
        rewardStateNames.member(entitlement.value),
      ];
    case 'ProgrammeAnnounced':
      return [rewardStateNames.stocks];
    case 'BusinessDayAnnounced':
    case 'DerivationRestarted':
      return [];
    default:
      return assertNever(entitlement);
  }
}

function sourceOf(record: Typed): SourcePosition | undefined {
  const entitlement = entitlementOf(record);
  if (entitlement.type === 'GiftHandedOver') return undefined;
  const { sourcePartition, sourceOffset, ordinal } = entitlement.value;
  const at = { partition: sourcePartition, offset: sourceOffset, ordinal } as const;
  if (entitlement.type === 'DerivationRestarted')
    return { topic: 'transactions', ...at, restarts: true };
  return { topic: 'transactions', ...at };
}

function decide(
  record: Typed,
  states: States<RewardState>,
  at: RecordPosition,
): readonly Emission[] {
  const entitlement = entitlementOf(record);
  switch (entitlement.type) {
    case 'DrawTicketEarned':
    case 'DrawTicketForfeited':
      return decideTicket(entitlement, states, at);
    case 'GiftEntitled':
    case 'GiftWithdrawn':
      return decideGift(entitlement, states, at);
    case 'GiftHandedOver':
      return decideHandOver(entitlement.value, states, at);
    case 'ProgrammeAnnounced': {
      const before = stateIn(states, { name: rewardStateNames.stocks, none: noStocks });
      const after = takeAnnouncement(before, entitlement.value);
      if (after !== undefined) states.set(rewardStateNames.stocks, after);
      return [];
    }
    case 'BusinessDayAnnounced':
    case 'DerivationRestarted':
      return [];
    default:
      return assertNever(entitlement);
  }
}

function decideTicket(
  record: Typed<'DrawTicketEarned' | 'DrawTicketForfeited'>,
  states: States<RewardState>,
  at: RecordPosition,
): readonly Emission[] {
  const { value } = record;
  const counterName = rewardStateNames.campaign(value);
  const holdingName = rewardStateNames.member(value);
  const before = {
    counter: stateIn(states, { name: counterName, none: noNumberIssued }),
    holding: stateIn(states, { name: holdingName, none: noTickets }),
  };
  const earned = record.type === 'DrawTicketEarned';
  const after = earned ? issueTicket(before, value) : voidTicket(before, value);
  if (after.counter !== before.counter) states.set(counterName, after.counter);
  states.set(holdingName, after.holding);
  const { transactionId, ticket } = value;
  const event = { ...envelopeOf(value, at), number: after.number, transactionId, ticket };
  return [emission({ type: earned ? 'DrawTicketIssued' : 'DrawTicketVoided', value: event })];
}

function decideGift(
  record: Typed<'GiftEntitled' | 'GiftWithdrawn'>,
  states: States<RewardState>,
  at: RecordPosition,
): readonly Emission[] {
  const { value } = record;
  const { transactionId, gift, edition, programmeVersion } = value;
  const right = { transactionId, gift, edition, programmeVersion };
  const before = giftStatesIn(states, value);
  const after =
    record.type === 'GiftEntitled'
      ? takeGift(before, { right, configured: configuredFor(states, { of: value, item: right }) })
      : withdrawGift(before, right);
  keepGiftStates(states, { of: value, before, after });
  if (record.type === 'GiftEntitled') {
    const id = giftId({ campaign: value.campaign, ...after.item });
    states.set(rewardStateNames.holder({ programme: value.programme, giftId: id }), {
      type: 'holder',
      memberId: value.memberId,
    });
  }
  return giftEvents(after, { states, envelope: envelopeOf(value, at) });
}

function decideHandOver(
  value: Records['GiftHandedOver'],
  states: States<RewardState>,
  at: RecordPosition,
): readonly Emission[] {
  const parts = giftIdParts(value.giftId);
  if (parts?.campaign !== value.campaign) return [];
  const before = giftStatesIn(states, value);
  const after = handOverGift(before, parts.serial);
  if (after === undefined) return [];
  keepGiftStates(states, { of: value, before, after });
  const cause = {
    ...value,
    programmeVersion: after.item.programmeVersion,
    cause: after.item.transactionId,
    occurredAt: value.handedOverAt,
    receivedAt: value.handedOverAt,
  };
  return giftEvents(after, { states, envelope: envelopeOf(cause, at) });
}

function giftEvents(
  { event, item, stock }: GiftDecision,
  { states, envelope }: { states: States<RewardState>; envelope: Envelope },
): readonly Emission[] {
  if (event === undefined) return [];
  const configured = configuredFor(states, { of: envelope, item });
  const value = {
    ...envelope,
    gift: item.gift,
    edition: item.edition,
    giftId: giftId({ campaign: envelope.campaign, ...item }),
    transactionId: item.transactionId,
    stockLeft: stockLeft(stock, { item, configured }),
  };
  return [emission({ type: event, value })];
}

type RewardEvent = Typed<
  | 'DrawTicketIssued'
  | 'DrawTicketVoided'
  | 'GiftEarned'
  | 'GiftUnavailable'
  | 'GiftReturned'
  | 'GiftClaimed'
>;

const emission = (record: RewardEvent): Emission => ({
  topic: 'reward-events',
  key: campaignKey(record.value),
  record,
});

interface MemberInCampaign {
  readonly programme: string;
  readonly campaign: string;
  readonly memberId: string;
}

function giftStatesIn(states: States<RewardState>, of: MemberInCampaign): GiftStates {
  return {
    stock: stateIn(states, { name: rewardStateNames.campaign(of), none: noGiftsTaken }),
    holding: stateIn(states, { name: rewardStateNames.member(of), none: noGifts }),
  };
}

function keepGiftStates(
  states: States<RewardState>,
  { of, before, after }: { of: MemberInCampaign; before: GiftStates; after: GiftStates },
): void {
  if (after.stock !== before.stock) states.set(rewardStateNames.campaign(of), after.stock);
  states.set(rewardStateNames.member(of), after.holding);
}

function configuredFor(
  states: States<RewardState>,
  {
    of,
    item,
  }: {
    of: { programme: string; campaign: string };
    item: { transactionId: string; edition: string; programmeVersion: number };
  },
): number {
  return configuredStock(stateIn(states, { name: rewardStateNames.stocks, none: noStocks }), {
    programme: of.programme,
    campaign: of.campaign,
    version: item.programmeVersion,
    month: stockMonth(item),
    edition: item.edition,
  });
}

/** The state, or `none` when nothing is stored; asserts that the name holds the kind of `none`. */
function stateIn<S extends RewardState>(
  states: States<RewardState>,
  { name, none }: { name: string; none: S },
): S {
  const state = states.get(name) ?? none;
  assert.equal(state.type, none.type, `the state ${name} is of another kind`);
  return state as S;
}
