import { contentDigest, decodeState, holdingsOf, type ProgrammeRules } from '@semarak/programme';
import { memberKey, type Records } from '@semarak/schemas';
import type { Event } from '../comparison/consumer-view.ts';
import { dayOfId, isReportDay } from './rows.ts';

type Row = Readonly<Record<string, unknown>>;

/** A sale as it stands. */
export interface StandingSale {
  readonly programme: string;
  readonly transactionId: string;
  readonly memberId: string | null;
  readonly tenantId: string;
  readonly businessDay: number;
  readonly soldAt: number;
  readonly amount: number;
  /** Null: the version that decided does not name the tenant. */
  category: string | null;
  remaining: number;
  points: number;
  programmeVersion: number;
}

export type Profile = Pick<
  Records['MemberProfile'],
  'programme' | 'memberId' | 'gender' | 'birthDate' | 'zone'
> & { readonly offset: number };

/**
 * What stands after a partition of `transactions`: the last word of each event about a sale, a parking
 * or a refusal, and each member’s history.
 */
export class MemberStandings {
  readonly #sales = new Map<string, StandingSale>();
  readonly #parkings = new Map<string, { row: Row; status: string }>();
  readonly #refusals = new Map<string, { row: Row; stands: boolean }>();
  readonly #profiles = new Map<string, Profile>();
  /** Refunds and voids by id and content. */
  readonly #corrections = new Set<string>();
  #isCopy = false;

  get sales(): ReadonlyMap<string, StandingSale> {
    return this.#sales;
  }

  get profiles(): ReadonlyMap<string, Profile> {
    return this.#profiles;
  }

  /** The newest profile in the order of the log. */
  takeProfile(value: Records['MemberProfile'], offset: number): void {
    const { programme, memberId, gender, birthDate, zone } = value;
    this.#profiles.set(memberKey(value), { programme, memberId, gender, birthDate, zone, offset });
  }

  /** Takes the record of which the next events come. */
  takeTransaction(value: Records['TransactionRecorded']): void {
    const content = contentDigest(value);
    const known = `${value.programme}/${value.transactionId}/${content}`;
    const sale = this.#sales.get(saleKey(value));
    this.#isCopy =
      this.#refusals.has(known) ||
      this.#corrections.has(known) ||
      (value.type === 'sale' &&
        sale?.amount === value.amount &&
        sale.tenantId === value.tenantId &&
        sale.soldAt === value.occurredAt);
    if (value.type !== 'sale') this.#corrections.add(known);
  }

  /** Nothing is known of the member any more. */
  removeProfile(of: { programme: string; memberId: string }): void {
    this.#profiles.delete(memberKey(of));
  }

  takeEvent(event: Event): void {
    switch (event.type) {
      case 'TransactionPosted':
        this.#post(event.value);
        return;
      case 'ParkingGranted':
      case 'ParkingWithdrawn': {
        const { programme, memberId, transactionId, businessDay } = event.value;
        const row = {
          programme,
          member_id: memberId,
          transaction_id: transactionId,
          business_day: businessDay,
        };
        const status = event.type === 'ParkingGranted' ? 'granted' : 'withdrawn';
        this.#parkings.set(`${programme}/${transactionId}/${memberId}`, { row, status });
        return;
      }
      case 'TransactionRejected':
      case 'RejectionWithdrawn': {
        const { programme, transactionId, content, memberId, reason, occurredAt } = event.value;
        const stands = event.type === 'TransactionRejected';
        const isOwn = event.value.cause === transactionId;
        // Of a copy that came after all memory of the first, whose verdict stands.
        if (this.#isCopy && stands && isOwn && reason === 'too_late') return;
        const row = {
          programme,
          transaction_id: transactionId,
          content,
          member_id: memberId,
          reason,
          business_day: dayOfId(transactionId),
          occurred_at: occurredAt,
        };
        this.#refusals.set(`${programme}/${transactionId}/${content}`, { row, stands });
        return;
      }
      default:
    }
  }

  *salesRows(): Generator<Row> {
    for (const sale of this.#sales.values())
      yield {
        programme: sale.programme,
        transaction_id: sale.transactionId,
        member_id: sale.memberId,
        tenant_id: sale.tenantId,
        category: sale.category ?? 'unknown',
        business_day: sale.businessDay,
        occurred_at: sale.soldAt,
        amount: sale.amount,
        remaining: sale.remaining,
        points: sale.points,
        programme_version: sale.programmeVersion,
      };
  }

  *parkingRows(): Generator<Row> {
    for (const { row, status } of this.#parkings.values()) yield { ...row, status };
  }

  *refusalRows(): Generator<Row> {
    for (const { row, stands } of this.#refusals.values()) if (stands) yield row;
  }

  /**
   * A row for each history with an enrolment. What a member holds is told by the history itself, and what closed
   * months have taken by the rules.
   */
  *memberRows(
    histories: ReadonlyMap<string, Uint8Array>,
    rulesOf: (programme: string) => Pick<ProgrammeRules, 'closedMonth'>,
  ): Generator<Row & { enrolled_at: number }> {
    for (const [name, bytes] of histories) {
      const [programme = '', memberId, ...more] = name.split('/');
      if (more.length > 0) continue;
      const state = decodeState(bytes);
      const { enrolledAt, activatedAt, tier, points } = holdingsOf(state, rulesOf(programme));
      if (enrolledAt === null) continue;
      const profile = this.#profiles.get(name);
      const birthDate = profile?.birthDate;
      yield {
        programme,
        member_id: memberId,
        enrolled_at: enrolledAt,
        activated_at: activatedAt,
        tier,
        points,
        gender: profile?.gender ?? 'unknown',
        birth_date: birthDate !== undefined && isReportDay(birthDate) ? birthDate : null,
        zone: profile?.zone ?? 'unknown',
      };
    }
  }

  #post(value: Records['TransactionPosted']): void {
    const key = saleKey(value);
    const known = this.#sales.get(key);
    const { remaining, points, category, programmeVersion } = value;
    if (known !== undefined) {
      Object.assign(known, { remaining, points, category, programmeVersion });
      return;
    }
    const { programme, transactionId, memberId, tenantId, businessDay, soldAt, amount } = value;
    this.#sales.set(key, {
      programme,
      transactionId,
      memberId,
      tenantId,
      category,
      businessDay,
      soldAt,
      amount,
      remaining,
      points,
      programmeVersion,
    });
  }
}

const saleKey = (of: Pick<StandingSale, 'programme' | 'transactionId' | 'memberId'>): string =>
  `${of.programme}/${of.transactionId}/${of.memberId ?? ''}`;

/** What stands after a partition of `entitlements`: the last word on each number and gift. */
export class RewardStandings {
  readonly #tickets = new Map<string, Record<string, unknown>>();
  readonly #gifts = new Map<string, Record<string, unknown>>();

  takeEvent(event: Event): void {
    switch (event.type) {
      case 'DrawTicketIssued':
      case 'DrawTicketVoided': {
        const { programme, campaign, number, memberId, transactionId, occurredAt } = event.value;
        const key = `${programme}/${campaign}/${number}`;
        const known = this.#tickets.get(key);
        if (known !== undefined) {
          known['status'] = event.type === 'DrawTicketIssued' ? 'issued' : 'voided';
          return;
        }
        this.#tickets.set(key, {
          programme,
          draw: campaign,
          number,
          member_id: memberId,
          transaction_id: transactionId,
          status: 'issued',
          business_day: dayOfId(transactionId),
          issued_at: occurredAt,
        });
        return;
      }
      case 'GiftEarned':
      case 'GiftUnavailable':
      case 'GiftReturned':
      case 'GiftClaimed': {
        const { programme, campaign, giftId, gift, edition, memberId, transactionId } = event.value;
        this.#gifts.set(`${programme}/${giftId}`, {
          programme,
          campaign,
          gift_id: giftId,
          gift,
          edition,
          member_id: memberId,
          transaction_id: transactionId,
          status: event.type.slice('Gift'.length).toLowerCase(),
          business_day: dayOfId(transactionId),
        });
        return;
      }
      default:
    }
  }

  ticketRows(): Iterable<Row> {
    return this.#tickets.values();
  }

  giftRows(): Iterable<Row> {
    return this.#gifts.values();
  }
}
