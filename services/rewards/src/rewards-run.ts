import type { Emission } from '@semarak/infra/stream-processor';
import type { ReadRewardStates, Records, RecordsOf, RewardState, Typed } from '@semarak/schemas';
import { rewardsLogic } from './rewards-logic.ts';

export type RewardEvent = Typed<RecordsOf<'reward-events'>>;

/**
 * A partition of entitlements in memory, for tests: applies records one after another and keeps every
 * state as bytes, so that what is tested is what a reader of the store would find.
 */
export class RewardsRun {
  readonly #bytes = new Map<string, Uint8Array>();
  readonly events: RewardEvent[] = [];
  #offset = 0;

  /** The events of one record. */
  apply(record: Typed<RecordsOf<'entitlements'>>): readonly RewardEvent[] {
    const at = { partition: 3, offset: this.#offset++ };
    const names = rewardsLogic.statesOf(record, at);
    const emissions = rewardsLogic.decide(
      record,
      {
        get: (name) => {
          if (!names.includes(name)) throw new Error(`${name} was read but not named`);
          return this.state(name);
        },
        set: (name, state) => void this.#bytes.set(name, rewardsLogic.encode(name, state)),
      },
      at,
      names,
    );
    const events = emissions.map((emission: Emission) => emission.record as RewardEvent);
    this.events.push(...events);
    return events;
  }

  state(name: string): RewardState | undefined {
    const bytes = this.#bytes.get(name);
    return bytes && rewardsLogic.decode(name, bytes);
  }

  /** The stored bytes, to tell whether anything changed. */
  snapshot(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      [...this.#bytes].map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')]),
    );
  }

  readonly read: ReadRewardStates = ({ names }) =>
    Promise.resolve(names.map((name) => this.#bytes.get(name) ?? null));
}

const day = Date.UTC(2014, 11, 24, 5);
let sourceOffset = 0;

const cause = (memberId: string, campaign: string) => ({
  sourcePartition: 1,
  sourceOffset: sourceOffset++,
  ordinal: 0,
  programme: 'mall',
  programmeVersion: 1,
  cause: 't1/2014-12-24/99',
  occurredAt: day,
  receivedAt: day + 1,
  memberId,
  campaign,
});

/** The n-th sale of 24 December 2014. */
export const sale = (n: number): string => `t1/2014-12-24/${String(n)}`;

type TicketType = 'DrawTicketEarned' | 'DrawTicketForfeited';

export const ticketRecord = (
  type: TicketType,
  of: { memberId: string; sale: number; ticket?: number },
): Typed<TicketType> => ({
  type,
  value: {
    ...cause(of.memberId, 'draw'),
    transactionId: sale(of.sale),
    ticket: of.ticket ?? 0,
  },
});

type GiftType = 'GiftEntitled' | 'GiftWithdrawn';

export const giftRecord = (
  type: GiftType,
  of: { memberId: string; sale: number; programmeVersion?: number; transactionId?: string },
): Typed<GiftType> => ({
  type,
  value: {
    ...cause(of.memberId, 'bear'),
    programmeVersion: of.programmeVersion ?? 1,
    transactionId: of.transactionId ?? sale(of.sale),
    gift: 'teddy-bear',
    edition: 'christmas',
  },
});

export const handedOver = (of: { memberId: string; serial: number }): Typed<'GiftHandedOver'> => ({
  type: 'GiftHandedOver',
  value: {
    programme: 'mall',
    campaign: 'bear',
    memberId: of.memberId,
    giftId: `bear~${String(of.serial)}`,
    handedOverAt: day + 60_000,
  },
});

/** A version with the draw `draw` and the gift `bear`, of which December and January have a stock. */
export function announced(of: {
  stock: number;
  version?: number;
  sourcePartition?: number;
}): Typed<'ProgrammeAnnounced'> {
  const version = of.version ?? 1;
  const tiers = ['blue'];
  const document = {
    programme: 'mall',
    version,
    name: 'Mall',
    effectiveFrom: '2014-12-01T00:00',
    timeZone: 'Asia/Jakarta',
    currency: 'IDR',
    join: { rule: 'enrolment' },
    tiers: [{ tier: 'blue', monthSpend: 0, keep: 'forever', benefits: [] }],
    tickets: [{ campaign: 'draw', name: 'Draw', minimumAmount: 1, numbers: 'one_per_sale', tiers }],
    gifts: [
      {
        campaign: 'bear',
        gift: 'teddy-bear',
        name: 'Teddy bear',
        minimumAmount: 1,
        tiers,
        editions: [
          { month: '2014-12', edition: 'christmas', stock: of.stock },
          { month: '2015-01', edition: 'christmas', stock: 7 },
        ],
      },
    ],
    tenants: [{ tenantId: 'shop', name: 'Shop', category: 'Toys', floor: '1' }],
  };
  const value: Records['ProgrammeAnnounced'] = {
    sourcePartition: of.sourcePartition ?? 0,
    sourceOffset: 0,
    ordinal: 0,
    programme: 'mall',
    version,
    partitions: 8,
    document: JSON.stringify(document),
  };
  return { type: 'ProgrammeAnnounced', value };
}
