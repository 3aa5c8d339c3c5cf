import {
  decodeState,
  explain,
  standingOf,
  type Explanation,
  type MemberStanding,
  type MemberState,
  type ProgrammeRules,
} from '@semarak/programme';
import {
  findGift,
  memberKey,
  rewardsOfMember,
  type HeldTicket,
  type MemberGift,
  type ReadRewardStates,
} from '@semarak/schemas';
import type { Programmes } from '../programmes/programmes.ts';

/** Accrual’s states of a partition of transactions as they stand at `position`. */
type ReadAccrualStates = (from: {
  readonly partition: number;
  readonly names: readonly string[];
}) => Promise<{ readonly position: number; readonly states: readonly (Buffer | null)[] }>;

/** Offset of the next record of transactions whose effects are not in the answer. */
interface LogPosition {
  readonly topic: 'transactions';
  readonly partition: number;
  readonly offset: number;
}

export interface MemberAt {
  readonly standing: MemberStanding;
  readonly position: LogPosition;
}

export interface MemberName {
  readonly programme: string;
  readonly memberId: string;
}

export interface StandingParts {
  readonly programmes: Pick<Programmes, 'rulesOf' | 'campaignsOf'>;
  readonly readAccrual: ReadAccrualStates;
  readonly readRewards: ReadRewardStates;
  /** Of a key in transactions. */
  readonly partitionOf: (key: string) => number;
  /** Newest occurredAt known of a programme, epoch milliseconds. */
  readonly newest: (programme: string) => number | undefined;
  readonly now: () => number;
}

/** What members hold, read from the workers’ states. Every method throws StoreUnavailable. */
export class Standings {
  readonly #parts: StandingParts;

  constructor(parts: StandingParts) {
    this.#parts = parts;
  }

  /**
   * Where a member stands; undefined when nothing has been heard of them, or of the programme. The
   * month is that of the newest sale that the member or this process has seen, or of `at`.
   */
  async member(name: MemberName, at?: number): Promise<MemberAt | undefined> {
    const history = await this.#history(name);
    if (history === undefined) return undefined;
    const { state, rules, position } = history;
    const moment = at ?? this.#today(name.programme, state.sales.at(-1)?.occurredAt);
    return { standing: standingOf(state, rules, { at: moment }), position };
  }

  /** Why a transaction of the member earned what it did; undefined when it is not known. */
  async explanation(
    name: MemberName,
    transactionId: string,
  ): Promise<{ explanation: Explanation; position: LogPosition } | undefined> {
    const history = await this.#history(name);
    if (history === undefined) return undefined;
    const explanation = explain(history.state, history.rules, transactionId);
    return explanation && { explanation, position: history.position };
  }

  /** The member’s draw numbers and gifts of all campaigns of the programme. */
  rewards(name: MemberName): Promise<{ tickets: HeldTicket[]; gifts: MemberGift[] }> {
    const campaigns = this.#parts.programmes.campaignsOf(name.programme);
    return rewardsOfMember({ ...name, campaigns }, this.#parts.readRewards);
  }

  /** A gift by its id; undefined when there is none. */
  gift(of: {
    programme: string;
    giftId: string;
  }): Promise<(MemberGift & { readonly memberId: string }) | undefined> {
    return findGift(of, this.#parts.readRewards);
  }

  async #history(
    name: MemberName,
  ): Promise<{ state: MemberState; rules: ProgrammeRules; position: LogPosition } | undefined> {
    const rules = this.#parts.programmes.rulesOf(name.programme);
    if (rules === undefined) return undefined;
    const key = memberKey(name);
    const partition = this.#parts.partitionOf(key);
    const { position, states } = await this.#parts.readAccrual({ partition, names: [key] });
    const bytes = states[0];
    if (bytes === null || bytes === undefined) return undefined;
    const at = { topic: 'transactions', partition, offset: position } as const;
    return { state: decodeState(bytes), rules, position: at };
  }

  /** The newest sale that anybody here has seen, but never later than now; now when there is none. */
  #today(programme: string, newestSale: number | undefined): number {
    const now = this.#parts.now();
    const seen = [this.#parts.newest(programme), newestSale].filter((at) => at !== undefined);
    return seen.length === 0 ? now : Math.min(now, Math.max(...seen));
  }
}
