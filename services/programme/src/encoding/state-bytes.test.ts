import { describe, expect, it } from 'vitest';
import { pacificPlaceRules as rules } from '../given/pacific-place.ts';
import { after, enrolment, refund, sale } from '../given/records.ts';
import { decide, type MemberRecord } from '../decision/decide.ts';
import { holdingsOf } from '../standing/standing.ts';
import { decodeState, encodeState, encodeStateAnew } from './state-bytes.ts';

const shopping = (count: number): MemberRecord[] =>
  Array.from({ length: count }, (_, index) =>
    sale(600_000 + index * 1000, {
      id: 1000 + index,
      terminal: `PP-T0${String(10 + (index % 50))}`,
      tenant: `PP-0${String(10 + (index % 50))}`,
      at: `${String(1 + Math.floor(index / 20))} ${String(10 + Math.floor((index % 20) / 2))}:${index % 2 === 0 ? '05' : '45'}`,
    }),
  );

/** Twelve sales and a refund as they were written before sales had an index. */
const withoutIndex = [
  '0104034944520450502d540350502d0c6f70656e696e672d6472617717aa06e9070d11b8ad01d00fb0091711000217ac',
  '06ea070d11b8ad01d00fb2091711000217ae06eb070d11b8ad01d00fb4091711000217b006ec070d11b8ad01d00fb609',
  '1711000217b206ed070d11b8ad01d00fb8091711000217b406ee070d11b8ad01d00fba091711000217b606ef070d11b8',
  'ad01d00fbc091711000217b806f0070d11b8ad01d00fbe091711000217ba06f1070d11b8ad01d00fc009171104020103',
  '0117bc06f2070d11b8ad01d00fc2091711040201030117be06f3070d11b8ad01d00fc409171104020103011fc006f407',
  '0d11b8ad01d00fc6091711a0bb4a040201030100cb020180ddbc8f15c0a4ca060e000106c006a9460d1100f4070d1180',
  'a29511d00fd00f171100c08002010400',
].join('');

describe('the bytes of a state', () => {
  it('are few for a member with three sales', () => {
    const { state } = after(rules, [enrolment(), ...shopping(3)]);
    expect(encodeState(state).length).toBeLessThanOrEqual(130);
  });

  it('are the same whether written at each step, reusing the last, or once', () => {
    const kept = after(rules, []).state;
    for (const record of [enrolment(), ...shopping(200)]) {
      decide(kept, record, rules);
      encodeState(kept);
    }
    const once = after(rules, [enrolment(), ...shopping(200)]).state;
    const read = decodeState(encodeState(kept));
    expect(holdingsOf(read)).toEqual(holdingsOf(once));
    expect(encodeState(kept)).toEqual(encodeState(once));
  });

  it('follow corrections, late sales and late enrolment among many sales', () => {
    const all = shopping(120);
    const records = [
      ...all.filter((_, index) => index % 10 !== 3),
      ...all.filter((_, index) => index % 10 === 3),
      enrolment(),
      ...all
        .slice(0, 9)
        .map((sold, index) => refund(sold, 1000, { id: 9000 + index, at: '8 12:00' })),
      ...shopping(121).slice(120),
    ];
    const kept = after(rules, []).state;
    for (const record of records) {
      decide(kept, record, rules);
      expect(holdingsOf(decodeState(encodeState(kept)))).toEqual(holdingsOf(kept));
    }
  });

  it('reuse what is left after the oldest sales are folded', () => {
    const newest = sale(600_000, { id: 5000, at: '2015-02-03 12:00' });
    const kept = after(rules, [enrolment(), ...shopping(200)]).state;
    encodeState(kept);
    decide(kept, newest, rules);
    expect(kept.encoded).toBeDefined();
    expect(kept.sales.length).toBeLessThan(200);
    const read = decodeState(encodeState(kept));
    expect(holdingsOf(read)).toEqual(holdingsOf(kept));
    expect(read.base).toEqual(kept.base);
    expect(read.traces).toEqual(kept.traces);
  });

  it('are the same anew, whatever the states went through that mean the same', () => {
    const records = [
      enrolment(),
      ...shopping(40),
      // Late: the first sale of all, with a till that is new.
      sale(600_000, { id: 5000, terminal: 'KIOSK1', at: '1 09:50' }),
    ];
    const once = after(rules, records).state;
    let often = after(rules, []).state;
    for (const record of records) {
      decide(often, record, rules);
      often = decodeState(encodeState(often));
    }
    expect(encodeState(often)).not.toEqual(encodeState(once));
    expect(encodeStateAnew(often)).toEqual(encodeStateAnew(once));
  });

  it('are read as they were written before sales had an index, and go on with one', () => {
    const bytes = Uint8Array.from(withoutIndex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
    const sales = Array.from({ length: 12 }, (_, index) =>
      sale(600_000 + index * 1000, { id: 1000 + index, at: `${String(1 + index)} 10:05` }),
    );
    const [last = enrolment()] = sales.slice(-1);
    const part = refund(last, 1000, { id: 9000, at: '12 12:00' });
    const { state } = after(rules, [enrolment(), ...sales, part]);
    const read = decodeState(bytes);
    for (const record of [sale(600_000, { id: 5000, at: '13 10:05' }), ...sales])
      expect(decide(read, record, rules).events).toEqual(decide(state, record, rules).events);
    expect(holdingsOf(decodeState(encodeState(read)))).toEqual(holdingsOf(state));
    expect(encodeStateAnew(read)).toEqual(encodeStateAnew(state));
  });

  it.each([
    { why: 'of another format', change: (bytes: Uint8Array) => bytes.with(0, 9) },
    { why: 'cut short', change: (bytes: Uint8Array) => bytes.slice(0, -1) },
    { why: 'too long', change: (bytes: Uint8Array) => Uint8Array.of(...bytes, 0) },
  ])('are refused when $why', ({ change }) => {
    const bytes = encodeState(after(rules, [enrolment(), ...shopping(3)]).state);
    expect(() => decodeState(change(bytes))).toThrow(RangeError);
  });

  it('keep ids and names of any form', () => {
    const odd = [
      'x',
      'T/2014-12-02/007',
      'kiosk/2014-12-02/1',
      'A1/2099-01-01/5',
      'é/☃',
      'T/2014-12-02/1.5',
    ];
    const records = odd.map((id, index) =>
      sale(250_000, {
        id,
        at: `2 1${String(index)}:00`,
        tenant: 'shop-00',
        currency: index === 3 ? 'USD' : 'IDR',
      }),
    );
    const { state } = after(rules, records);
    const read = decodeState(encodeState(state));
    expect(odd.filter((id) => read.packed?.mayHave(id) !== true)).toEqual([]);
    expect(holdingsOf(read)).toEqual(holdingsOf(state));
  });

  it.each([3, 20, 200, 511])(
    'are not unpacked for the newest sale of a member with %i',
    (count) => {
      const newest = sale(600_000, { id: 5000, at: '27 12:00' });
      const { state } = after(rules, [enrolment(), ...shopping(count)]);
      const read = decodeState(encodeState(state));
      const { packed } = read;
      expect(packed?.count).toBe(count);
      expect(decide(read, newest, rules).events).toEqual(decide(state, newest, rules).events);
      expect(read.packed).toBe(packed);
      expect(encodeState(read)).toEqual(encodeState(state));
    },
  );

  it.each([3, 20, 200])('show the sales of a member with %i as unpacking does', (count) => {
    const { state } = after(rules, [enrolment(), ...shopping(count)]);
    const read = decodeState(encodeState(state));
    const seen: string[] = [];
    read.packed?.visit(0, ({ tenantId, occurredAt, remaining, grants }) =>
      seen.push(`${tenantId} ${String(occurredAt)} ${String(remaining)} ${String(grants.points)}`),
    );
    expect(seen).toEqual(
      state.sales.map(
        ({ tenantId, occurredAt, remaining, grants }) =>
          `${tenantId} ${String(occurredAt)} ${String(remaining)} ${String(grants.points)}`,
      ),
    );
  });
});
