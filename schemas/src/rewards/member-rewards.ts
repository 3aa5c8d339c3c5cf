import { campaignKey } from '../topics/topics.ts';
import { decodeRewardState, rewardStateOf } from './state-codec.ts';
import { giftId, giftIdParts, rewardStateNames } from './state-names.ts';
import type { GiftItem } from './state.ts';

/**
 * Reads states of the worker `rewards` from the partition of `key` in entitlements, in the order of
 * `names`; null where nothing is stored.
 */
export type ReadRewardStates = (from: {
  readonly key: string;
  readonly names: readonly string[];
}) => Promise<readonly (Uint8Array | null)[]>;

export interface HeldTicket {
  readonly campaign: string;
  readonly number: number;
  readonly transactionId: string;
}

export interface MemberGift extends GiftItem {
  readonly campaign: string;
  readonly giftId: string;
}

/**
 * The draw numbers that a member holds and the gifts decided for them, of the campaigns named; both
 * in the order of the campaigns, then of the decision. Throws what `read` throws.
 */
export async function rewardsOfMember(
  of: { programme: string; memberId: string; campaigns: readonly string[] },
  read: ReadRewardStates,
): Promise<{ tickets: HeldTicket[]; gifts: MemberGift[] }> {
  const perCampaign = await Promise.all(
    of.campaigns.map(async (campaign) => {
      const at = { programme: of.programme, campaign, memberId: of.memberId };
      const [bytes] = await read({ key: campaignKey(at), names: [rewardStateNames.member(at)] });
      return { campaign, bytes: bytes ?? null };
    }),
  );
  const tickets: HeldTicket[] = [];
  const gifts: MemberGift[] = [];
  for (const { campaign, bytes } of perCampaign) {
    if (bytes === null) continue;
    const state = decodeRewardState(bytes);
    if (state.type === 'tickets')
      for (const sale of state.sales)
        for (const { number } of sale.tickets)
          tickets.push({ campaign, number, transactionId: sale.transactionId });
    if (state.type === 'gifts')
      gifts.push(
        ...state.items.map((item) => ({
          campaign,
          giftId: giftId({ campaign, ...item }),
          ...item,
        })),
      );
  }
  return { tickets, gifts };
}

/**
 * Whose a gift is and how it stands; undefined when there is none of that id, or when it had been
 * unavailable and its right is gone. Throws what `read` throws.
 */
export async function findGift(
  of: { programme: string; giftId: string },
  read: ReadRewardStates,
): Promise<(MemberGift & { readonly memberId: string }) | undefined> {
  const parts = giftIdParts(of.giftId);
  if (parts === undefined) return undefined;
  const key = campaignKey({ programme: of.programme, campaign: parts.campaign });
  const [holderBytes] = await read({ key, names: [rewardStateNames.holder(of)] });
  const holder = rewardStateOf('holder', holderBytes ?? null);
  if (holder === undefined) return undefined;
  const { memberId } = holder;
  const { gifts } = await rewardsOfMember(
    { programme: of.programme, memberId, campaigns: [parts.campaign] },
    read,
  );
  const gift = gifts.find(({ serial }) => serial === parts.serial);
  return gift && { ...gift, memberId };
}
