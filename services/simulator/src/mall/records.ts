/** What the gateway takes at `POST /v1/members`. */
export interface Enrolment {
  readonly programme: string;
  readonly memberId: string;
  /** RFC 3339 with the mall's offset. */
  readonly enrolledAt: string;
  readonly receivedAt: string;
  readonly name: string;
  readonly gender: 'female' | 'male' | 'other' | 'unknown';
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  readonly address: string;
  readonly zone: string;
}

/** The till's own key of a transaction. */
export interface TillKey {
  readonly terminalId: string;
  /** YYYY-MM-DD, the till's trading date. */
  readonly businessDay: string;
  readonly sequence: number;
}

/** What the gateway takes at `POST /v1/transactions`. */
export interface Transaction extends TillKey {
  readonly programme: string;
  readonly type: 'sale' | 'refund' | 'void';
  /** Absent: anonymous. */
  readonly memberId?: string;
  /** Absent in voids, as are amount and currency. */
  readonly tenantId?: string;
  /** Minor units. */
  readonly amount?: number;
  readonly currency?: string;
  /** RFC 3339 with the mall's offset. */
  readonly occurredAt: string;
  readonly receivedAt: string;
  /** What a refund or void names. */
  readonly original?: TillKey;
}

/** One day as it reaches the gateway: each list in the order of its receivedAt, unless shuffled. */
export interface SimulatedDay {
  /** YYYY-MM-DD. */
  readonly day: string;
  readonly enrolments: readonly Enrolment[];
  /** With repeats, and with conflicts where they are asked for. */
  readonly transactions: readonly Transaction[];
}

export const transactionIdOf = (key: TillKey): string =>
  `${key.terminalId}/${key.businessDay}/${key.sequence}`;
