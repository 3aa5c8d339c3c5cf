import { epochDayOf, isoDate } from '@semarak/schemas';
import { createRandom, weighted, type Random } from '../random/random.ts';
import { mallClock } from './clock.ts';
import { corrections } from './corrections.ts';
import { deliver } from './delivery.ts';
import type { SaleDraft } from './drafts.ts';
import { enrolVisitors } from './enrolments.ts';
import { numberByTill } from './numbering.ts';
import type { SimulationOptions } from './options.ts';
import { createPeople, type Person } from './people.ts';
import type { SimulatedDay, Transaction } from './records.ts';
import { drawSecond, isLate } from './rhythm.ts';
import { drawAmount, openShops, shopPicker, type Shop } from './tenants.ts';

/** Sales of a day that may still be given back on the next one. */
const carriedSalesMax = 500;

/**
 * Simulates business days one after the other, with the same people and tills. The options alone
 * decide the outcome. A day is made when it is asked for, so a long simulation needs the memory of
 * one day.
 */
export function* simulateDays(options: SimulationOptions): Generator<SimulatedDay, void, void> {
  const first = epochDayOf(options.firstDay);
  if (first === undefined) throw new Error(`${options.firstDay} is no calendar date (YYYY-MM-DD)`);
  const people = createPeople({ ...options, idPrefix: `M${options.seed}-` });
  const shops = openShops({ ...options, idPrefix: `T${options.seed}-` });
  const enrolled = new Set<string>();
  let carried: readonly Transaction[] = [];
  for (let index = 0; index < options.days; index += 1) {
    const day = simulateDay({
      options,
      people,
      shops,
      enrolled,
      carried,
      day: isoDate(first + index),
    });
    carried = day.transactions.filter(({ type }) => type === 'sale').slice(-carriedSalesMax);
    yield day;
  }
}

/** Adds to `enrolled` who enrols on the day. */
function simulateDay(mall: {
  readonly options: SimulationOptions;
  readonly people: readonly Person[];
  readonly shops: readonly Shop[];
  readonly enrolled: Set<string>;
  readonly carried: readonly Transaction[];
  readonly day: string;
}): SimulatedDay {
  const { options, day } = mall;
  const clock = mallClock({ day, timeZone: options.programme.timeZone });
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
    }),
  ];
  return {
    day,
    enrolments: enrolVisitors({ ...mall, clock, sales, random: randomFor('enrolments') }),
    transactions: deliver({
      options,
      clock,
      transactions: numberByTill({ drafts, day, clock, programme: options.programme }),
      random: randomFor('delivery'),
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
