import { describe, expect, it } from 'vitest';
import { context, refund, sale, tenantId, voiding } from './published.fixture.ts';
import { transactionAdmission, transactionShape, type AdmissionContext } from './transaction.ts';

const limits = { sequenceMax: 1_000_000, amountMax: 1_000_000_000 };
const admit = transactionAdmission(transactionShape(limits), limits);

const without = (input: Record<string, unknown>, field: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(input).filter(([name]) => name !== field));

function problemsOf(input: unknown, at: AdmissionContext = context): Record<string, string> {
  const verdict = admit(input, at);
  if (verdict.type === 'admitted') return {};
  return Object.fromEntries(verdict.problems.map(({ field, message }) => [field, message]));
}

describe('what is admitted', () => {
  it('makes a record of a sale', () => {
    expect(admit(sale, context)).toEqual({
      type: 'admitted',
      record: {
        programme: 'pacific-place',
        transactionId: 'T-001/2014-12-01/17',
        type: 'sale',
        memberId: 'M-1',
        tenantId,
        businessDay: 16_405,
        amount: 1_250_000,
        currency: 'IDR',
        occurredAt: Date.UTC(2014, 11, 1, 4, 30),
        receivedAt: context.now,
        originalId: null,
      },
    });
  });

  it('makes a record of a void without amount, currency and tenant', () => {
    expect(admit(voiding, context)).toMatchObject({
      type: 'admitted',
      record: {
        type: 'void',
        amount: 0,
        currency: null,
        tenantId: null,
        originalId: 'T-001/2014-12-01/17',
      },
    });
  });

  it.each([
    ['an anonymous sale', without(sale, 'memberId')],
    ['a refund', refund],
    ['a void with everything', { ...refund, type: 'void' }],
    ['the first sequence', { ...sale, sequence: 0 }],
    ['UTC', { ...sale, occurredAt: '2014-12-01T04:30:00.123456Z' }],
    [
      'a sale before the first version, which the log refuses',
      { ...sale, businessDay: '2014-11-30', occurredAt: '2014-11-30T12:00:00+07:00' },
    ],
  ])('%s', (_name, input) => {
    expect(problemsOf(input)).toEqual({});
  });

  it('takes a sale after midnight on the day before', () => {
    const night = { ...context, now: Date.UTC(2014, 11, 1, 17, 21) };
    expect(problemsOf({ ...sale, occurredAt: '2014-12-02T00:20:00+07:00' }, night)).toEqual({});
  });

  it('takes receivedAt from the role import', () => {
    const input = { ...sale, receivedAt: '2014-12-01T11:30:05+07:00' };
    expect(admit(input, { ...context, receivedAt: 'may_be_set' })).toMatchObject({
      record: { receivedAt: Date.UTC(2014, 11, 1, 4, 30, 5) },
    });
  });
});

const idMessage = 'must be 1 to 32 of A-Z a-z 0-9 . _ -, and begin with a letter or digit';
const instantMessage =
  'must be an RFC 3339 time with offset, from 1970 to 2099, such as 2014-12-01T11:30:00+07:00';
const sequenceMessage = 'must be a whole number from 0 to 1000000';
const amountMessage = 'must be a whole number from 1 to 1000000000, in minor units';

describe('what is refused, one field a row', () => {
  it.each<[string, unknown, Record<string, string>]>([
    ['programme', { ...sale, programme: 'nowhere' }, { programme: 'is not a published programme' }],
    ['programme', { ...sale, programme: 'a/b' }, { programme: idMessage }],
    ['terminalId', { ...sale, terminalId: 'T/1' }, { terminalId: idMessage }],
    ['terminalId', { ...sale, terminalId: 'T'.repeat(33) }, { terminalId: idMessage }],
    ['terminalId', { ...sale, terminalId: 7 }, { terminalId: idMessage }],
    [
      'businessDay',
      { ...sale, businessDay: '01-12-2014' },
      { businessDay: 'must be a date YYYY-MM-DD' },
    ],
    [
      'businessDay',
      { ...sale, businessDay: '2014-02-30' },
      { businessDay: 'is a date that no calendar has' },
    ],
    [
      'businessDay',
      { ...sale, businessDay: '2014-11-29' },
      { businessDay: 'must be the mall date of occurredAt, 2014-12-01, or the day before' },
    ],
    [
      'businessDay',
      { ...sale, businessDay: '2014-12-02' },
      { businessDay: 'must be the mall date of occurredAt, 2014-12-01, or the day before' },
    ],
    ['sequence', { ...sale, sequence: -1 }, { sequence: sequenceMessage }],
    ['sequence', { ...sale, sequence: 1.5 }, { sequence: sequenceMessage }],
    ['sequence', { ...sale, sequence: '17' }, { sequence: sequenceMessage }],
    ['sequence', { ...sale, sequence: 1_000_001 }, { sequence: sequenceMessage }],
    ['type', { ...sale, type: 'gift' }, { type: 'must be sale, refund or void' }],
    ['type', without(sale, 'type'), { type: 'is required' }],
    ['tenantId', { ...sale, tenantId: 'nobody' }, { tenantId: 'is not a tenant of the programme' }],
    ['tenantId', without(sale, 'tenantId'), { tenantId: 'is required' }],
    ['memberId', { ...sale, memberId: '' }, { memberId: idMessage }],
    ['memberId', { ...sale, memberId: null }, { memberId: idMessage }],
    ['amount', { ...sale, amount: 0 }, { amount: amountMessage }],
    ['amount', { ...sale, amount: -5 }, { amount: amountMessage }],
    ['amount', { ...sale, amount: 0.5 }, { amount: amountMessage }],
    ['amount', { ...sale, amount: 2 ** 60 }, { amount: amountMessage }],
    ['amount', without(refund, 'amount'), { amount: 'is required' }],
    [
      'currency',
      { ...sale, currency: 'idr' },
      { currency: 'must be an ISO 4217 code such as IDR' },
    ],
    ['currency', { ...sale, currency: 'USD' }, { currency: 'must be the programme’s, IDR' }],
    ['currency', { ...voiding, currency: 'USD' }, { currency: 'must be the programme’s, IDR' }],
    ['occurredAt', { ...sale, occurredAt: '2014-12-01T11:30:00' }, { occurredAt: instantMessage }],
    ['occurredAt', { ...sale, occurredAt: '2014-12-01' }, { occurredAt: instantMessage }],
    ['occurredAt', { ...sale, occurredAt: 1_417_408_200_000 }, { occurredAt: instantMessage }],
    [
      'receivedAt',
      { ...sale, receivedAt: '2014-12-01T11:30:00+07:00' },
      { receivedAt: 'may be set by the role import only' },
    ],
    [
      'original of a sale',
      { ...sale, original: voiding.original },
      { original: 'is not a field here' },
    ],
    ['original', without(refund, 'original'), { original: 'is required' }],
    ['original', without(voiding, 'original'), { original: 'is required' }],
    [
      'original',
      { ...refund, original: 'T-001/2014-12-01/17' },
      { original: 'must be an object of terminalId, businessDay and sequence' },
    ],
    [
      'original.sequence',
      { ...refund, original: { ...voiding.original, sequence: -1 } },
      { 'original.sequence': sequenceMessage },
    ],
    [
      'original.businessDay',
      { ...refund, original: { ...voiding.original, businessDay: '2014-02-30' } },
      { 'original.businessDay': 'is a date that no calendar has' },
    ],
    [
      'original itself',
      { ...refund, original: { ...voiding.original, sequence: 18 } },
      { original: 'must name another transaction' },
    ],
    ['an unknown field', { ...sale, ammount: 5 }, { ammount: 'is not a field here' }],
    ['a list', [sale], { body: 'must be a JSON object' }],
    ['null', null, { body: 'must be a JSON object' }],
  ])('%s', (_name, input, problems) => {
    expect(problemsOf(input)).toEqual(problems);
  });

  it('names every bad field at once, those that need the programme too', () => {
    const input = { ...sale, amount: -1, currency: 'USD', tenantId: 'nobody', extra: 1 };
    expect(Object.keys(problemsOf(input)).sort()).toEqual([
      'amount',
      'currency',
      'extra',
      'tenantId',
    ]);
    expect(Object.keys(problemsOf({ ...input, type: 'gift' })).sort()).toEqual([
      'amount',
      'currency',
      'extra',
      'tenantId',
      'type',
    ]);
  });

  it('names the transaction when its id can be read', () => {
    const readable = admit({ ...sale, amount: 0 }, context);
    expect(readable).toMatchObject({ transactionId: 'T-001/2014-12-01/17' });
    expect(admit({ ...sale, sequence: -1 }, context)).toMatchObject({ transactionId: undefined });
  });

  it('refuses a receivedAt of the role import that is no time', () => {
    const at: AdmissionContext = { ...context, receivedAt: 'may_be_set' };
    expect(problemsOf({ ...sale, receivedAt: 'now' }, at)).toEqual({ receivedAt: instantMessage });
  });
});

describe('times and the gateway’s clock, 12:00 in the mall', () => {
  const importing: AdmissionContext = { ...context, receivedAt: 'may_be_set' };
  const ahead =
    'must be at most 300000 ms (TIME_AHEAD_MS_MAX) ahead of the gateway’s clock, 2014-12-01T05:00:00.000Z; ';
  const occurredAhead = `${ahead}set the till’s clock right and send when it happened`;
  const receivedAhead = `${ahead}send when it was received, or leave it out`;

  it('takes a till whose clock is as fast as it may be, and nothing faster', () => {
    expect(problemsOf({ ...sale, occurredAt: '2014-12-01T12:05:00+07:00' })).toEqual({});
    expect(problemsOf({ ...sale, occurredAt: '2014-12-01T12:05:00.001+07:00' })).toEqual({
      occurredAt: occurredAhead,
    });
  });

  it.each([sale, refund, voiding])('refuses what is to happen in 2099: $type', (record) => {
    const input = { ...record, businessDay: '2099-12-01', occurredAt: '2099-12-01T11:30:00+07:00' };
    expect(problemsOf(input)).toEqual({ occurredAt: occurredAhead });
    expect(problemsOf(input, importing)).toEqual({ occurredAt: occurredAhead });
  });

  it('names a future occurredAt also when another field has no shape', () => {
    const input = { ...sale, occurredAt: '2014-12-01T12:06:00+07:00', amount: -1 };
    expect(Object.keys(problemsOf(input)).sort()).toEqual(['amount', 'occurredAt']);
  });

  it('refuses a receivedAt in the future, which would make all that follows too late', () => {
    const at = (receivedAt: string) => problemsOf({ ...sale, receivedAt }, importing);
    expect(at('2014-12-01T12:05:00+07:00')).toEqual({});
    expect(at('2014-12-01T12:05:00.001+07:00')).toEqual({ receivedAt: receivedAhead });
    expect(at('2099-12-01T11:30:05+07:00')).toEqual({ receivedAt: receivedAhead });
  });

  it('refuses a receivedAt long before occurredAt, with which a history would never be folded', () => {
    const at = (receivedAt: string) => problemsOf({ ...sale, receivedAt }, importing);
    expect(at('2014-11-30T11:30:00+07:00')).toEqual({});
    expect(at('2014-11-30T11:29:59.999+07:00')).toEqual({
      receivedAt:
        'must be at most 86400000 ms (RECEIVED_BEFORE_MS_MAX) before occurredAt; ' +
        'send when it was received, or leave it out',
    });
  });

  it('refuses a refund of what a day to come sells, by the mall’s day', () => {
    const of = (businessDay: string, now: number) =>
      problemsOf({ ...refund, original: { ...refund.original, businessDay } }, { ...context, now });
    // 23:54:59 and 23:55 in Jakarta; in UTC it is 16:55 of the same day.
    expect(of('2014-12-02', Date.UTC(2014, 11, 1, 16, 54, 59))).toEqual({
      'original.businessDay':
        'must not be after the mall date of the gateway’s clock and TIME_AHEAD_MS_MAX, 2014-12-01; ' +
        'send the business day under which the named transaction was sent',
    });
    expect(of('2014-12-02', Date.UTC(2014, 11, 1, 16, 55))).toEqual({});
  });
});
