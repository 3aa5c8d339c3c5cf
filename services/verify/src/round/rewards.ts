import { isEvent, RisingOnly, type Event } from '../comparison/consumer-view.ts';
import { RewardsRecount } from '../recount/rewards-recount.ts';
import { rowsOfEvent } from '../recount/rows.ts';
import { RewardStandings } from '../recount/standings.ts';
import { rewardsStates } from '../recount/states.ts';
import type { Read } from '../servers/log.ts';
import type { RoundContext } from './context.ts';
import type { Entitled, SourcedEntitlements } from './entitled.ts';

/** A partition of `entitlements`, what came of it, and what it tells of `transactions`. */
export async function compareRewards(
  context: RoundContext,
  partition: number,
  entitled: Entitled,
): Promise<void> {
  const { cut, progress } = context.options;
  const recount = new RewardsRecount(partition);
  const filter = new RisingOnly();
  const standings = new RewardStandings();
  const to = cut.cuts.of('entitlements')[partition] ?? 0;
  const should = context.consumedEvents('reward-events', partition);
  for await (const batch of context.read('entitlements', { partition, from: 0, to })) {
    for (const read of batch) {
      const { record, offset, value } = read;
      if (record === undefined || value === null) {
        context.deadLetters.expect('entitlements', partition, read);
        continue;
      }
      if (isEvent(record)) {
        if (!filter.takes(record)) continue;
        keepForItsSource(context, record, value, entitled[partition]);
      }
      const rewarded = recount.apply(record, offset);
      if (rewarded.type === 'impossible')
        context.report({
          in: 'entitlements',
          key: `${partition}/${offset}`,
          says: `${record.type} cannot be: ${rewarded.why}`,
        });
      if (rewarded.type !== 'event') continue;
      await should.expect(rewarded.event);
      context.compared.events++;
      standings.takeEvent(rewarded.event);
      for (const row of rowsOfEvent(rewarded.event))
        await context.placed.expect(partition, 'entitlements', row);
    }
    progress.advance(batch.length);
  }
  await should.finish();
  await context.placed.finishPartition(partition, 'entitlements');
  await context.standing.compare('draw_tickets', partition, standings.ticketRows());
  await context.standing.compare('gifts', partition, standings.giftRows());
  await context.compareRedis({
    worker: 'rewards',
    partition,
    states: rewardsStates(recount),
    from: to,
    take: ({ record, offset }: Read<'entitlements'>) => {
      if (record === undefined) return;
      if (!isEvent(record) || filter.takes(record)) recount.apply(record, offset);
    },
    topic: 'entitlements',
    filter: () => filter.last,
  });
}

/** Keeps what the source partition’s recount must find; what nothing can have caused is told now. */
function keepForItsSource(
  context: RoundContext,
  event: Event,
  value: Buffer,
  bySource: readonly SourcedEntitlements[] | undefined,
): void {
  const kept = bySource?.[event.value.sourcePartition];
  if (kept !== undefined) kept.add(event, value);
  else
    context.report({
      in: 'entitlements',
      key: `${event.value.sourcePartition}/${event.value.sourceOffset}/${event.value.ordinal}`,
      says: `${event.type} is there, nothing should be: there is no such source partition`,
    });
}
