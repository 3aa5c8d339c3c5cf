import { mallDate, type ProgrammeRules, type ProgrammeVersion } from '@semarak/programme';
import { idPattern, isoDate, transactionId, type TransactionRecorded } from '@semarak/schemas';
import { z } from 'zod';
import { dayOf, parseInstant } from './instant.ts';
import type { FieldProblem } from '@semarak/infra/http-server';
import { boundedProblems, shapeProblems, soundFields } from './shape.ts';
import { transactionExamples } from './examples.ts';
import { soundTransaction } from './sound-transaction.ts';
import {
  futureProblem,
  latestOf,
  receivedBeforeProblem,
  receivedRemedy,
  type ClockBounds,
} from './time-bounds.ts';

/** Bounds of single fields, from the configuration. */
export interface TransactionLimits {
  readonly sequenceMax: number;
  readonly amountMax: number;
}

/** What a transaction is judged against, apart from itself. */
export interface AdmissionContext extends ClockBounds {
  rulesOf(programme: string): ProgrammeRules | undefined;
  /** Whether the key may say when a record was received. */
  readonly receivedAt: 'may_be_set' | 'is_now';
  /** Problems that are told of one item. */
  readonly problemsMax: number;
}

export type TransactionVerdict =
  | { readonly type: 'admitted'; readonly record: TransactionRecorded }
  | {
      readonly type: 'refused';
      /** When its parts could be read. */
      readonly transactionId: string | undefined;
      readonly problems: readonly FieldProblem[];
    };

const idMessage = 'must be 1 to 32 of A-Z a-z 0-9 . _ -, and begin with a letter or digit';
export const id = z.string({ error: idMessage }).regex(idPattern, idMessage);
const instantMessage =
  'must be an RFC 3339 time with offset, from 1970 to 2099, such as 2014-12-01T11:30:00+07:00';
export const instant = z.string({ error: instantMessage }).max(40, instantMessage).meta({
  format: 'date-time',
});
/** What `futureProblem` holds, for OpenAPI. */
export const notAhead = 'ahead of the gateway’s clock by at most its TIME_AHEAD_MS_MAX';
const dateMessage = 'must be a date YYYY-MM-DD';
export const date = z
  .string({ error: dateMessage })
  .regex(/^\d{4}-\d{2}-\d{2}$/, dateMessage)
  .meta({ format: 'date' });
const currencyMessage = 'must be an ISO 4217 code such as IDR';

const whole = (bounds: { min: number; max: number; unit: string }) => {
  const message = `must be a whole number from ${bounds.min} to ${bounds.max}${bounds.unit}`;
  return z.int({ error: message }).min(bounds.min, message).max(bounds.max, message);
};

/** The shape of a transaction by its type; strict, so that a misspelt field is never passed over. */
export function transactionShape({ sequenceMax, amountMax }: TransactionLimits) {
  const sequence = whole({ min: 0, max: sequenceMax, unit: '' });
  const till = { terminalId: id, businessDay: date, sequence };
  const common = {
    programme: id,
    ...till,
    memberId: id.optional().describe('absent: anonymous'),
    occurredAt: instant.describe(`when it happened at the till; ${notAhead}`),
    receivedAt: instant.optional().describe(`only with the role import; default: now; ${notAhead}`),
  };
  const payment = {
    tenantId: id,
    amount: whole({ min: 1, max: amountMax, unit: ', in minor units' }),
    currency: z.string({ error: currencyMessage }).regex(/^[A-Z]{3}$/, currencyMessage),
  };
  const original = z
    .strictObject(till, { error: 'must be an object of terminalId, businessDay and sequence' })
    .describe('the transaction that a refund or void names');
  const optionalPayment = {
    tenantId: payment.tenantId.optional(),
    amount: payment.amount.optional(),
    currency: payment.currency.optional(),
  };
  const type = z.enum(['sale', 'refund', 'void'], { error: 'must be sale, refund or void' });
  const byType = z
    .discriminatedUnion(
      'type',
      [
        z.strictObject({ type: z.literal('sale'), ...common, ...payment }),
        z.strictObject({ type: z.literal('refund'), ...common, ...payment, original }),
        z.strictObject({ type: z.literal('void'), ...common, ...optionalPayment, original }),
      ],
      { error: 'must be sale, refund or void' },
    )
    .meta({ examples: transactionExamples });
  const ofUnknownType = z.strictObject({
    type,
    ...common,
    ...optionalPayment,
    original: original.optional(),
  });
  return { byType, ofUnknownType };
}

type Shape = ReturnType<typeof transactionShape>;
type Sent = z.infer<Shape['byType']>;

/**
 * Makes the judge of transactions: a record for the log, or every field that is wrong. A record
 * before the programme's first version is admitted against that version: that it grants nothing is a
 * decision for the log (`no_programme_in_force`), not for the gateway.
 */
export function transactionAdmission(
  shape: Shape,
  limits: TransactionLimits,
): (input: unknown, context: AdmissionContext) => TransactionVerdict {
  const isSound = soundTransaction(limits);
  return (input, context) => {
    if (typeof input !== 'object' || input === null || Array.isArray(input))
      return refusal({}, [{ field: 'body', message: 'must be a JSON object' }], context);
    if (isSound(input)) return judged(input as Sent, context);
    const parsed = shape.byType.safeParse(input);
    if (!parsed.success) {
      const at = { input, problemsMax: context.problemsMax };
      return refused(input, problemsOf(shape, parsed.error, at), context);
    }
    return judged(parsed.data, context);
  };
}

function judged(sent: Sent, context: AdmissionContext): TransactionVerdict {
  const read = examine(sent, context);
  if (read.problems.length > 0) return refusal(sent, read.problems, context);
  return { type: 'admitted', record: recordOf(sent, read) };
}

function problemsOf(
  shape: Shape,
  error: z.ZodError,
  at: { input: unknown; problemsMax: number },
): FieldProblem[] {
  const unknownType = error.issues.some((issue) => issue.code === 'invalid_union');
  const found = unknownType ? shape.ofUnknownType.safeParse(at.input).error : error;
  return shapeProblems(found ?? error, at);
}

function refused(
  input: unknown,
  problems: readonly FieldProblem[],
  context: AdmissionContext,
): TransactionVerdict {
  const sound = soundFields(input, problems) as Partial<Sent>;
  return refusal(sound, [...problems, ...examine(sound, context).problems], context);
}

function refusal(
  sent: Partial<Sent>,
  problems: readonly FieldProblem[],
  { problemsMax }: Pick<AdmissionContext, 'problemsMax'>,
): TransactionVerdict {
  const { terminalId, businessDay, sequence } = sent;
  const readable =
    terminalId !== undefined && businessDay !== undefined && sequence !== undefined
      ? transactionId({ terminalId, businessDay, sequence })
      : undefined;
  return {
    type: 'refused',
    transactionId: readable,
    problems: boundedProblems(problems, problemsMax),
  };
}

interface Examined {
  readonly problems: readonly FieldProblem[];
  readonly occurredAt: number;
  readonly receivedAt: number;
  readonly businessDay: number;
}

/** Looks at what a shape cannot tell; fields whose shape is wrong are absent and passed over. */
function examine(sent: Partial<Sent>, context: AdmissionContext): Examined {
  const problems: FieldProblem[] = [];
  const add = (field: string, message: string) => problems.push({ field, message });
  const occurredAt = sent.occurredAt === undefined ? undefined : parseInstant(sent.occurredAt);
  if (sent.occurredAt !== undefined && occurredAt === undefined) add('occurredAt', instantMessage);
  const businessDay = sent.businessDay === undefined ? undefined : dayOf(sent.businessDay);
  if (sent.businessDay !== undefined && businessDay === undefined)
    add('businessDay', 'is a date that no calendar has');
  let receivedAt: number | undefined = context.now;
  if (sent.receivedAt !== undefined) {
    receivedAt = parseInstant(sent.receivedAt);
    if (context.receivedAt === 'is_now') add('receivedAt', 'may be set by the role import only');
    else if (receivedAt === undefined) add('receivedAt', instantMessage);
    else examineReceivedAt({ receivedAt, occurredAt: occurredAt ?? NaN }, context, add);
  }
  if (occurredAt !== undefined) {
    const problem = futureProblem(occurredAt, context, occurredRemedy);
    if (problem !== undefined) add('occurredAt', problem);
  }
  if ('original' in sent) examineOriginal(sent, sent.original, add);
  if (sent.programme !== undefined) {
    const rules = context.rulesOf(sent.programme);
    if (rules === undefined) add('programme', 'is not a published programme');
    else if (occurredAt !== undefined)
      examineAgainst(
        versionFor(rules, occurredAt),
        { sent, occurredAt, businessDay, context },
        add,
      );
  }
  return {
    problems,
    occurredAt: occurredAt ?? NaN,
    receivedAt: receivedAt ?? NaN,
    businessDay: businessDay ?? NaN,
  };
}

type Add = (field: string, message: string) => void;

const occurredRemedy = 'set the till’s clock right and send when it happened';

function examineReceivedAt(
  at: { receivedAt: number; occurredAt: number },
  context: AdmissionContext,
  add: Add,
): void {
  const problem =
    futureProblem(at.receivedAt, context, receivedRemedy) ??
    receivedBeforeProblem(at, context.times);
  if (problem !== undefined) add('receivedAt', problem);
}

function examineOriginal(
  sent: Partial<Sent>,
  original: { terminalId: string; businessDay: string; sequence: number },
  add: Add,
): void {
  if (dayOf(original.businessDay) === undefined)
    add('original.businessDay', 'is a date that no calendar has');
  if (
    original.terminalId === sent.terminalId &&
    original.businessDay === sent.businessDay &&
    original.sequence === sent.sequence
  )
    add('original', 'must name another transaction');
}

/** The version in force, or the first one for what happened before it. */
function versionFor(rules: ProgrammeRules, occurredAt: number): ProgrammeVersion | undefined {
  return rules.versionAt(occurredAt) ?? rules.versions[0];
}

/** A business day in the future needs no look of its own: it is one of two days of occurredAt. */
function examineAgainst(
  version: ProgrammeVersion | undefined,
  at: {
    sent: Partial<Sent>;
    occurredAt: number;
    businessDay: number | undefined;
    context: ClockBounds;
  },
  add: Add,
): void {
  if (version === undefined) return;
  const { tenantId, currency } = at.sent;
  if (currency !== undefined && currency !== version.document.currency)
    add('currency', `must be the programme’s, ${version.document.currency}`);
  if (tenantId !== undefined && version.categoryOf(tenantId) === undefined)
    add('tenantId', 'is not a tenant of the programme');
  const today = mallDate(version.clock, at.occurredAt);
  if (at.businessDay !== undefined && at.businessDay !== today && at.businessDay !== today - 1)
    add('businessDay', `must be the mall date of occurredAt, ${isoDate(today)}, or the day before`);
  if ('original' in at.sent) {
    const lastDay = mallDate(version.clock, latestOf(at.context));
    if ((dayOf(at.sent.original.businessDay) ?? NaN) > lastDay)
      add('original.businessDay', `${futureDayMessage}${isoDate(lastDay)}; ${originalRemedy}`);
  }
}

const futureDayMessage =
  'must not be after the mall date of the gateway’s clock and TIME_AHEAD_MS_MAX, ';
const originalRemedy = 'send the business day under which the named transaction was sent';

const recordOf = (sent: Sent, read: Examined): TransactionRecorded => ({
  programme: sent.programme,
  transactionId: transactionId(sent),
  type: sent.type,
  memberId: sent.memberId ?? null,
  tenantId: sent.tenantId ?? null,
  businessDay: read.businessDay,
  amount: sent.amount ?? 0,
  currency: sent.currency ?? null,
  occurredAt: read.occurredAt,
  receivedAt: read.receivedAt,
  originalId: sent.type === 'sale' ? null : transactionId(sent.original),
});
