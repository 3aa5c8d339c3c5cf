import { idPattern } from '@semarak/schemas';
import { dayOf } from './instant.ts';
import type { TransactionLimits } from './transaction.ts';

const instantLettersMax = 40;
const currencyPattern = /^[A-Z]{3}$/;
/** Fields that every transaction has: type, programme, terminalId, businessDay, sequence, occurredAt. */
const fieldsOfAll = 6;
/** tenantId, amount and currency. */
const fieldsOfPayment = 3;

/**
 * Tells transactions whose shape is right at a tenth of what the schema costs. It says no to some that
 * the schema takes, and never yes to one that the schema refuses: whoever is not sound is for the schema
 * to judge, which alone knows what is wrong.
 */
export function soundTransaction({
  sequenceMax,
  amountMax,
}: TransactionLimits): (input: object) => boolean {
  const isTill = (of: Fields): boolean =>
    isId(of['terminalId']) &&
    typeof of['businessDay'] === 'string' &&
    dayOf(of['businessDay']) !== undefined &&
    isWhole(of['sequence'], 0, sequenceMax);

  return (input) => {
    const of = input as Fields;
    const { type, memberId, receivedAt, tenantId, amount, currency, original } = of;
    if (type !== 'sale' && type !== 'refund' && type !== 'void') return false;
    if (!isTill(of) || !isId(of['programme']) || !isInstant(of['occurredAt'])) return false;
    let fields = fieldsOfAll;
    if (memberId !== undefined) {
      if (!isId(memberId)) return false;
      fields++;
    }
    if (receivedAt !== undefined) {
      if (!isInstant(receivedAt)) return false;
      fields++;
    }
    if (type !== 'void' || tenantId !== undefined) {
      if (!isId(tenantId) || !isWhole(amount, 1, amountMax) || !isCurrency(currency)) return false;
      fields += fieldsOfPayment;
    }
    if (type !== 'sale') {
      if (typeof original !== 'object' || original === null) return false;
      if (!isTill(original as Fields) || Object.keys(original).length !== 3) return false;
      fields++;
    }
    return Object.keys(input).length === fields;
  };
}

type Fields = Readonly<Record<string, unknown>>;

const isId = (value: unknown): boolean => typeof value === 'string' && idPattern.test(value);
const isCurrency = (value: unknown): boolean =>
  typeof value === 'string' && currencyPattern.test(value);
const isInstant = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= instantLettersMax;
const isWhole = (value: unknown, min: number, max: number): boolean =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
