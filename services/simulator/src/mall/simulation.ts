import { epochDayOf, isoDate } from '@semarak/schemas';
import { createRandom, weighted, type Random } from '../random/random.ts';
import { mallClock, type MallClock } from './clock.ts';
import { corrections } from './corrections.ts';
import { byReceivedAt, deliver, type Delivered } from './delivery.ts';
import type { SaleDraft } from './drafts.ts';
import { enrolVisitors } from './enrolments.ts';
import { numberByTill } from './numbering.ts';
import type { SimulationOptions } from './options.ts';
import { drawLongOutages, type Outages } from './outages.ts';
import { createPeople, type Person } from './people.ts';
import type { Enrolment, SimulatedDay, Transaction } from './records.ts';
import { drawSecond, isLate } from './rhythm.ts';
import { drawAmount, openShops, shopPicker, type Shop } from './tenants.ts';

/** Sales of a day that may still be given back on the next one. */
const carriedSalesMax = 500;

/** What is received up to then belongs to the day, in seconds since its midnight; nobody works then. */
const dayEnds = 30 * 3600;

/**
 * Simulates business days one after the other, with the same people and tills. The options alone
 * decide the outcome. A day is made when it is asked for, so a long simulation needs the memory of
 * one day and of what its terminals still hold. The last day brings all that is left, whenever it is
 * received.
 */
export function* simulateDays(options: SimulationOptions): Generator<SimulatedDay, void, void> {
  const first = epochDayOf(options.firstDay);
  if (first === undefined) throw new Error(`${options.firstDay} is no calendar date (YYYY-MM-DD)`);
  const people = createPeople({ ...options, idPrefix: `M${options.seed}-` });
  const shops = openShops({ ...options, idPrefix: `T${options.seed}-` });
  const enrolled = new Set<string>();
  const longOutages = drawLongOutages({
    options,
    firstDay: first,
    terminals: shops.flatMap(({ tills }) => tills.map(({ terminalId }) => terminalId)),
    random: createRandom({ seed: options.seed, label: 'long-outages' }),
  });
  let waiting: readonly Delivered[] = [];
  let carried: readonly Transaction[] = [];
  for (let index = 0; index < options.days; index += 1) {
    const day = isoDate(first + index);
    const clock = mallClock({ day, timeZone: options.programme.timeZone });
    const { enrolments, delivered } = simulateDay({
      options,
      people,
      shops,
      enrolled,
      carried,
      longOutages,
      day,
      clock,
    });
    carried = delivered
      .map(({ transaction }) => transaction)
      .filter(({ type }) => type === 'sale')
      .slice(-carriedSalesMax);
    const until = index === options.days - 1 ? Infinity : clock.instantOf(dayEnds);
    const known = [...waiting, ...delivered].sort(byReceivedAt);
    const arrived = known.filter(({ receivedAt }) => receivedAt < until);
    waiting = known.slice(arrived.length);
    yield { day, enrolments, transactions: arrived.map(({ transaction }) => transaction) };
  }
}

/** Adds to `enrolled` who enrols on the day. */
function simulateDay(mall: {
  readonly options: SimulationOptions;
  readonly people: readonly Person[];
  readonly shops: readonly Shop[];
  readonly enrolled: Set<string>;
  readonly carried: readonly Transaction[];
  readonly longOutages: Outages;
  readonly day: string;
  readonly clock: MallClock;
}): { readonly enrolments: readonly Enrolment[]; readonly delivered: readonly Delivered[] } {
  const { options, day, clock } = mall;
  const randomFor = (label: string) =>
    createRandom({ seed: options.seed, label: `${day}/${label}` });
  const sales = drawSales({ ...mall, random: randomFor('sales') });
  const drafts = [
    ...sales,
    ...corrections({
      sales,
      carried: mall.carried,
      shares: options.shares,
      random: randomFor('corrections'),
      randomTills: randomFor('refunds-elsewhere'),
    }),
  ];
  return {
    enrolments: enrolVisitors({ ...mall, sales, random: randomFor('enrolments') }),
    delivered: deliver({
      options,
      clock,
      transactions: numberByTill({ drafts, day, clock, programme: options.programme }),
      longOutages: mall.longOutages,
      random: randomFor('delivery'),
      randomLate: randomFor('too-late'),
    }),
  };
}

function drawSales(mall: {
  readonly options: SimulationOptions;
  readonly people: readonly Person[];
  readonly shops: readonly Shop[];
  readonly random: Random;
}): SaleDraft[] {
  const { random } = mall;
  const pickPerson = weighted(mall.people.map(({ weight }) => weight));
  const pickShop = shopPicker(mall.shops);
  return Array.from({ length: mall.options.salesPerDay }, () => {
    const second = drawSecond(random);
    const shop = pickShop(random, { late: isLate(second) });
    return {
      type: 'sale',
      terminalId: random.pick(shop.tills).terminalId,
      tenantId: shop.tenantId,
      amount: drawAmount(shop, random),
      person: random.chance(mall.options.shares.anonymous)
        ? undefined
        : mall.people[pickPerson(random)],
      second,
    };
  });
}
