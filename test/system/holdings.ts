import { decodeState, holdingsOf, type MemberState } from '@semarak/programme';
import { decodeRewardState, giftId, type TopicName } from '@semarak/schemas';
import { Redis } from 'ioredis';
import type { System } from './system.ts';
import { readTopic } from './topic.ts';

const programme = 'pacific-place';
const accrualKeys = '{accrual:*}:*';
const rewardsKeys = '{rewards:*}:*';

/** What one place says is held: by relation its rows, each as one text, sorted. */
export type Held = Readonly<Record<string, readonly string[]>>;

const text = (...values: readonly unknown[]): string => values.map(String).join(' ');
const sorted = (rows: Iterable<string>): string[] => [...rows].sort();

/** Rows of a query in their order, each as one text. */
export async function textRows(system: System, sql: string): Promise<string[]> {
  const rows = await system.rows<Record<string, unknown>>(sql);
  return rows.map((row) => text(...Object.values(row)));
}

/** What Redis, ClickHouse and the derived topics can all say. */
const sharedRelations = {
  members: `SELECT member_id, tier, points, ifNull(toUnixTimestamp64Milli(activated_at), 0)
    FROM members WHERE programme = '${programme}' AND tier != 'none'`,
  sales: `SELECT transaction_id, remaining, points FROM sales WHERE programme = '${programme}'`,
  parking: `SELECT transaction_id FROM parking_grants
    WHERE programme = '${programme}' AND status = 'granted'`,
  refusals: `SELECT transaction_id, reason FROM rejected_transactions
    WHERE programme = '${programme}'`,
  tickets: `SELECT draw, number, transaction_id, member_id FROM draw_tickets
    WHERE programme = '${programme}' AND status = 'issued'`,
  gifts: `SELECT gift_id, transaction_id, member_id, edition, status FROM gifts
    WHERE programme = '${programme}'`,
};

/** Of ClickHouse, to compare with the other two. */
export async function heldInClickHouse(system: System): Promise<Held> {
  const held: Record<string, string[]> = {};
  for (const [name, sql] of Object.entries(sharedRelations))
    held[name] = sorted(await textRows(system, sql));
  return held;
}

/**
 * Of ClickHouse what histories still keep. Older than the 60 days (correction window and reorderDaysMax)
 * before the newest receivedAt of their history, of a record that is too late itself a day after it happened,
 * is a business day that ended then in any time zone, three days after its midnight in UTC: those are folded.
 */
export async function keptInClickHouse(system: System): Promise<Held> {
  const history = (id: string) => `ifNull(member_id, replaceRegexpOne(${id}, '/[0-9]+$', ''))`;
  const kept = `SELECT transaction_id, remaining, points FROM sales AS s
    INNER JOIN (SELECT ${history('ifNull(original_id, transaction_id)')} AS history,
      max(if(received_at <= addDays(occurred_at, 45), received_at, addDays(occurred_at, 1))) AS clock FROM transactions WHERE programme = '${programme}'
      GROUP BY history) AS c ON c.history = ${history('s.transaction_id')}
    WHERE s.programme = '${programme}' AND toDateTime64(addDays(s.business_day, 3), 3, 'UTC') > c.clock - INTERVAL 60 DAY`;
  const parking = `${sharedRelations.parking}
    AND transaction_id IN (SELECT transaction_id FROM (${kept}))`;
  return {
    sales: sorted(await textRows(system, kept)),
    parking: sorted(await textRows(system, parking)),
  };
}

/** Every state of a worker by its name, through the layout of the state store. */
async function statesOf(system: System, pattern: string): Promise<Map<string, Buffer>> {
  const redis = new Redis(system.redisUrl);
  const states = new Map<string, Buffer>();
  try {
    for await (const keys of redis.scanStream({ match: pattern, count: 1_000 }))
      for (const key of keys as string[])
        for (const [name, bytes] of Object.entries(await redis.hgetallBuffer(key)))
          states.set(name, bytes);
  } finally {
    redis.disconnect();
  }
  // The partition's own state has no name.
  states.delete('');
  return states;
}

/** Histories by name: of a member, or of a till's business day without a member. */
export async function histories(system: System): Promise<Map<string, MemberState>> {
  const states = await statesOf(system, accrualKeys);
  return new Map([...states].map(([name, bytes]) => [name, decodeState(bytes)]));
}

/** Of Redis; of what is folded it can say no sale, no grant of one and no refusal. */
export async function heldInRedis(system: System): Promise<Held> {
  const members: string[] = [];
  const sales: string[] = [];
  const parking: string[] = [];
  const refusals: string[] = [];
  for (const [name, state] of await histories(system)) {
    const held = holdingsOf(state);
    if (held.tier !== 'none')
      members.push(text(name.split('/')[1], held.tier, held.points, held.activatedAt ?? 0));
    for (const sale of held.sales) {
      sales.push(text(sale.transactionId, sale.remaining, sale.points));
      if (sale.parking) parking.push(sale.transactionId);
    }
    for (const { transactionId, reason } of held.refusals)
      refusals.push(text(transactionId, reason));
  }
  const tickets: string[] = [];
  const gifts: string[] = [];
  for (const [name, bytes] of await statesOf(system, rewardsKeys)) {
    const state = decodeRewardState(bytes);
    const [, campaign = '', memberId = ''] = name.split('/');
    if (state.type === 'tickets')
      for (const sale of state.sales)
        for (const { number } of sale.tickets)
          tickets.push(text(campaign, number, sale.transactionId, memberId));
    if (state.type === 'gifts')
      for (const { serial, transactionId, edition, status } of state.items)
        gifts.push(text(giftId({ campaign, serial }), transactionId, memberId, edition, status));
  }
  const held = { members, sales, parking, refusals, tickets, gifts };
  return Object.fromEntries(Object.entries(held).map(([name, rows]) => [name, sorted(rows)]));
}

/** An event’s place: what is not above the last one of its source partition is a repeat. */
interface Sourced {
  readonly sourcePartition: number;
  readonly sourceOffset: number;
  readonly ordinal: number;
}

/** A derived topic by the reader’s rule. */
async function eventsOf(system: System, topic: TopicName) {
  const last = new Map<string, Sourced>();
  const read = await readTopic(topic, system);
  return read.flatMap(({ partition, record }) => {
    const event = record.value as unknown as Sourced;
    const source = `${partition} ${event.sourcePartition}`;
    const before = last.get(source);
    const isRepeat =
      before !== undefined &&
      (event.sourceOffset < before.sourceOffset ||
        (event.sourceOffset === before.sourceOffset && event.ordinal <= before.ordinal));
    if (isRepeat) return [];
    last.set(source, event);
    return [record];
  });
}

/** Of `loyalty-events` and `reward-events`, folded from their beginning. */
export async function heldInTopics(system: System): Promise<Held> {
  const sales = new Map<string, string>();
  const tiers = new Map<string, string>();
  const balances = new Map<string, number>();
  const activations = new Map<string, number>();
  const parking = new Set<string>();
  const refusals = new Map<string, string>();
  for (const { type, value } of await eventsOf(system, 'loyalty-events'))
    switch (type) {
      case 'TransactionPosted': {
        sales.set(value.transactionId, text(value.remaining, value.points));
        if (value.memberId === null) break;
        const balance = (balances.get(value.memberId) ?? 0) + value.pointsChange;
        if (balance !== value.balance)
          throw new Error(`${value.cause}: balance ${value.balance}, the sum is ${balance}`);
        balances.set(value.memberId, balance);
        break;
      }
      case 'TierChanged':
        tiers.set(value.memberId, value.toTier);
        break;
      case 'MemberActivated':
        activations.set(value.memberId, value.activatedAt);
        break;
      case 'MemberDeactivated':
        activations.delete(value.memberId);
        break;
      case 'ParkingGranted':
        parking.add(value.transactionId);
        break;
      case 'ParkingWithdrawn':
        parking.delete(value.transactionId);
        break;
      case 'TransactionRejected':
        refusals.set(value.transactionId, value.reason);
        break;
      case 'RejectionWithdrawn':
        refusals.delete(value.transactionId);
        break;
      default:
        throw new Error(`${type} is not expected here`);
    }

  const tickets = new Set<string>();
  const gifts = new Map<string, string>();
  for (const { type, value } of await eventsOf(system, 'reward-events'))
    switch (type) {
      case 'DrawTicketIssued':
        tickets.add(text(value.campaign, value.number, value.transactionId, value.memberId));
        break;
      case 'DrawTicketVoided':
        tickets.delete(text(value.campaign, value.number, value.transactionId, value.memberId));
        break;
      case 'GiftEarned':
      case 'GiftUnavailable':
      case 'GiftReturned': {
        const status = type.slice('Gift'.length).toLowerCase();
        const { transactionId, memberId, edition } = value;
        gifts.set(value.giftId, text(transactionId, memberId, edition, status));
        break;
      }
      default:
        throw new Error(`${type} is not expected here`);
    }

  const members = [...tiers]
    .filter(([, tier]) => tier !== 'none')
    .map(([id, tier]) => text(id, tier, balances.get(id) ?? 0, activations.get(id) ?? 0));
  const pairs = (map: ReadonlyMap<string, string>) => [...map].map(([id, said]) => text(id, said));
  return {
    members: sorted(members),
    sales: sorted(pairs(sales)),
    parking: sorted(parking),
    refusals: sorted(pairs(refusals)),
    tickets: sorted(tickets),
    gifts: sorted(pairs(gifts)),
  };
}

/** Every relation of ClickHouse, without what follows the log: numbers, gift ids, places, receivedAt. */
const orderFree = {
  transactions: `SELECT DISTINCT transaction_id, type, terminal_id, member_id, tenant_id, category,
    business_day, occurred_at, amount, currency, original_id FROM transactions`,
  sales: 'SELECT * FROM sales',
  ledger: `SELECT member_id, transaction_id, sum(points) AS points FROM points_ledger
    GROUP BY ALL HAVING points != 0`,
  tiers: `SELECT member_id, argMax(to_tier, (source_offset, ordinal)) AS tier FROM tier_changes
    GROUP BY member_id HAVING tier != 'none'`,
  tickets: "SELECT draw, member_id, transaction_id FROM draw_tickets WHERE status = 'issued'",
  gifts: `SELECT campaign, gift, edition, member_id, transaction_id, business_day FROM gifts
    WHERE status != 'returned'`,
  parking:
    "SELECT member_id, transaction_id, business_day FROM parking_grants WHERE status = 'granted'",
  refusals:
    'SELECT member_id, transaction_id, reason, business_day, content FROM rejected_transactions',
  members: 'SELECT * FROM members',
  tenants: 'SELECT * FROM tenants',
};

const reports = [
  'report_average_spending_by_category',
  'report_transactions_by_category',
  'report_active_members_by_zone',
  'report_active_members_by_age',
  'report_active_members_by_gender',
  'report_new_members',
];

/** Of ClickHouse, to compare with another order of arrival. */
export async function heldInAnyOrder(
  system: System,
  { asOf }: { readonly asOf: string },
): Promise<Held> {
  const held: Record<string, string[]> = {};
  for (const [name, sql] of Object.entries(orderFree))
    held[name] = sorted(await textRows(system, sql));
  for (const name of reports)
    held[name] = sorted(
      await textRows(system, `SELECT * FROM ${name}(programme='${programme}', as_of='${asOf}')`),
    );
  return held;
}
