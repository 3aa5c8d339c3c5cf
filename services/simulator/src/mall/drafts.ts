import type { Person } from './people.ts';
import type { Transaction } from './records.ts';

/** A transaction before its till has numbered it. `second` counts from the business day's midnight. */
export type Draft = SaleDraft | RefundDraft | VoidDraft;
export type Correction = RefundDraft | VoidDraft;

export interface SaleDraft {
  readonly type: 'sale';
  readonly terminalId: string;
  readonly tenantId: string;
  readonly amount: number;
  /** Undefined: anonymous. */
  readonly person: Person | undefined;
  readonly second: number;
}

export interface RefundDraft {
  readonly type: 'refund';
  readonly terminalId: string;
  readonly tenantId: string;
  readonly memberId: string | undefined;
  readonly amount: number;
  readonly second: number;
  /** A sale of the day, or one of the day before that its till numbered then. */
  readonly original: SaleDraft | Transaction;
}

export interface VoidDraft {
  readonly type: 'void';
  readonly terminalId: string;
  readonly memberId: string | undefined;
  readonly second: number;
  readonly original: SaleDraft | RefundDraft;
}

/** A numbered transaction with its instant, in epoch milliseconds, until its receivedAt is known. */
export interface NumberedTransaction {
  readonly content: Omit<Transaction, 'occurredAt' | 'receivedAt'>;
  readonly occurredAt: number;
}
