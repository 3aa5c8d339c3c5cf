import { programmeFiles, readProgramme, tillKey } from '@semarak/schemas';
import type { BenchStack } from '../stack/bench-stack.ts';
import { eventsOf, type DerivedEvent } from '../stack/derived-events.ts';

/** What became of the rights of one campaign, in the order of its log. */
type Story = string[];

/**
 * Counts all numbers and stocks again from `entitlements`, in its order, and compares each event of rewards with
 * that. Knows no hand-overs. A sentence for each campaign, with the first difference.
 */
export async function differencesInRewards(stack: BenchStack): Promise<string[]> {
  const should = new Map<string, Story>();
  const drawn = recountDraws();
  const given = recountGifts();
  for await (const event of eventsOf(stack, 'entitlements')) {
    if (!('campaign' in event.value)) continue;
    const became = drawn(event) ?? given(event);
    if (became !== undefined) storyOf(should, event.value.campaign).push(became);
  }
  const is = new Map<string, Story>();
  for await (const event of eventsOf(stack, 'reward-events')) {
    if (!('campaign' in event.value)) continue;
    storyOf(is, event.value.campaign).push(told(event));
  }
  return [...new Set([...should.keys(), ...is.keys()])].flatMap((campaign) =>
    firstDifference(campaign, storyOf(is, campaign), storyOf(should, campaign)),
  );
}

function storyOf(stories: Map<string, Story>, campaign: string): Story {
  const story = stories.get(campaign) ?? [];
  stories.set(campaign, story);
  return story;
}

function firstDifference(campaign: string, is: Story, should: Story): string[] {
  const length = Math.max(is.length, should.length);
  for (let at = 0; at < length; at++)
    if (is[at] !== should[at])
      return [
        `${campaign}, event ${at}: is ${is[at] ?? 'none'}, should be ${should[at] ?? 'none'}`,
      ];
  return [];
}

function told({ type, value }: DerivedEvent): string {
  const of = 'transactionId' in value ? value.transactionId : '';
  if ('number' in value) return `${type} ${of}: ${value.number}`;
  return `${type} ${of}: ${'stockLeft' in value ? value.stockLeft : ''}`;
}

/** Numbers run from 1 without a gap, and a voided one never comes again. */
function recountDraws(): (event: DerivedEvent) => string | undefined {
  const issued = new Map<string, number>();
  const held = new Map<string, number>();
  return ({ type, value }) => {
    if (type !== 'DrawTicketEarned' && type !== 'DrawTicketForfeited') return undefined;
    const right = `${value.campaign} ${value.transactionId} ${value.ticket}`;
    if (type === 'DrawTicketForfeited')
      return `DrawTicketVoided ${value.transactionId}: ${held.get(right)}`;
    const number = (issued.get(value.campaign) ?? 0) + 1;
    issued.set(value.campaign, number);
    held.set(right, number);
    return `DrawTicketIssued ${value.transactionId}: ${number}`;
  };
}

/** An item is taken while its month's stock lasts, and goes back to it when the right is withdrawn. */
function recountGifts(): (event: DerivedEvent) => string | undefined {
  const left = new Map<string, number>();
  for (const { programme, gifts } of programmeFiles().map(readProgramme))
    for (const { campaign, editions } of gifts)
      for (const { month, edition, stock } of editions)
        left.set(`${programme} ${campaign} ${month} ${edition}`, stock);
  const taken = new Set<string>();
  return ({ type, value }) => {
    if (type !== 'GiftEntitled' && type !== 'GiftWithdrawn') return undefined;
    const { programme, campaign, edition, transactionId } = value;
    const month = tillKey(transactionId).businessDay.slice(0, 'YYYY-MM'.length);
    const stock = `${programme} ${campaign} ${month} ${edition}`;
    const right = `${stock} ${transactionId}`;
    const before = left.get(stock) ?? 0;
    if (type === 'GiftEntitled') {
      if (before === 0) return `GiftUnavailable ${transactionId}: 0`;
      taken.add(right);
      left.set(stock, before - 1);
      return `GiftEarned ${transactionId}: ${before - 1}`;
    }
    if (taken.delete(right)) left.set(stock, before + 1);
    return `GiftReturned ${transactionId}: ${left.get(stock) ?? 0}`;
  };
}
