import { campaignKey } from '../topics/topics.ts';

/**
 * Names of the rewards worker's states. Ids hold neither `/` nor `~`, so that no two kinds of names
 * can meet.
 */
export const rewardStateNames = {
  /** The stocks of all programme versions that the partition knows. */
  stocks: '',
  campaign: campaignKey,
  member: (at: { programme: string; campaign: string; memberId: string }): string =>
    `${campaignKey(at)}/${at.memberId}`,
  holder: (at: { programme: string; giftId: string }): string => `${at.programme}/${at.giftId}`,
};

/** `campaign~serial`: the id of an item given or refused, unique in its programme. */
export const giftId = (at: { campaign: string; serial: number }): string =>
  `${at.campaign}~${String(at.serial)}`;

/** The parts of a gift id; undefined for text that is none. */
export function giftIdParts(text: string): { campaign: string; serial: number } | undefined {
  const match = /^([^/~]+)~([1-9]\d{0,15})$/.exec(text);
  const [campaign, serial] = match?.slice(1) ?? [];
  return campaign === undefined ? undefined : { campaign, serial: Number(serial) };
}
