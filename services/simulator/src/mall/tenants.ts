import type { ProgrammeDocument } from '@semarak/schemas';
import { weighted, type Random } from '../random/random.ts';

/** How people spend in a category. */
interface Habit {
  /** Share of the mall's sales, relative to the other categories. */
  readonly weight: number;
  /** Amounts are log-normal: the median in rupiah and the spread of the logarithm. */
  readonly median: number;
  readonly sigma: number;
}

const habits: Readonly<Record<string, Habit>> = {
  Groceries: { weight: 14, median: 260_000, sigma: 0.8 },
  'Food court': { weight: 18, median: 75_000, sigma: 0.5 },
  Cafés: { weight: 13, median: 70_000, sigma: 0.5 },
  Restaurants: { weight: 11, median: 380_000, sigma: 0.7 },
  'Luxury fashion': { weight: 2.5, median: 5_500_000, sigma: 1 },
  'Jewellery and watches': { weight: 2, median: 7_500_000, sigma: 1.25 },
  Beauty: { weight: 6, median: 480_000, sigma: 0.8 },
  Fashion: { weight: 11, median: 620_000, sigma: 0.8 },
  'Shoes and bags': { weight: 5, median: 850_000, sigma: 0.8 },
  Electronics: { weight: 3.5, median: 2_400_000, sigma: 1.1 },
  Home: { weight: 3, median: 900_000, sigma: 1 },
  'Books and stationery': { weight: 3, median: 150_000, sigma: 0.7 },
  Children: { weight: 3.5, median: 320_000, sigma: 0.8 },
  Sports: { weight: 2.5, median: 750_000, sigma: 0.8 },
  Entertainment: { weight: 5, median: 130_000, sigma: 0.5 },
};

/** For a category that a programme's owner invents. */
const otherHabit: Habit = { weight: 4, median: 300_000, sigma: 0.9 };

/** Cinemas and bowling go on after the mall has closed. */
const openLateCategory = 'Entertainment';

/** A price seldom lies on a threshold by chance; shops like round prices, so some sales have one. */
const roundPriceShare = 0.12;
const roundPriceStep = 50_000;
const amountStep = 100;
const amountMin = 5_000;
const amountMax = 900_000_000;

interface Till {
  readonly terminalId: string;
  readonly tenantId: string;
  readonly openLate: boolean;
}

export interface Shop extends Habit {
  readonly tenantId: string;
  readonly tills: readonly Till[];
}

/**
 * The tenants with their tills. Each has one at least; the rest go, one after the other, to the
 * tenant with the most sales a till.
 */
export function openShops(options: {
  readonly programme: ProgrammeDocument;
  readonly terminals: number;
  readonly idPrefix: string;
}): Shop[] {
  const { tenants } = options.programme;
  const sizes = new Map<string, number>();
  for (const { category } of tenants) sizes.set(category, (sizes.get(category) ?? 0) + 1);
  const shops = tenants.map((tenant) => {
    const habit = habits[tenant.category] ?? otherHabit;
    const weight = habit.weight / (sizes.get(tenant.category) ?? 1);
    return { tenant, habit, weight, tills: 1 };
  });
  for (let left = options.terminals - shops.length; left > 0; left -= 1)
    shops.reduce((a, b) => (b.weight / b.tills > a.weight / a.tills ? b : a)).tills += 1;
  return shops.map(({ tenant, habit, weight, tills }) => ({
    ...habit,
    weight,
    tenantId: tenant.tenantId,
    tills: Array.from({ length: tills }, (_, index) => ({
      terminalId: `${options.idPrefix}${tenant.tenantId}-${index + 1}`,
      tenantId: tenant.tenantId,
      openLate: tenant.category === openLateCategory,
    })),
  }));
}

/** Draws a shop by its share of the sales; late in the evening among those that are still open. */
export function shopPicker(
  shops: readonly Shop[],
): (random: Random, when: { readonly late: boolean }) => Shop {
  const late = shops.filter((shop) => shop.tills[0]?.openLate === true);
  const pickAny = weighted(shops.map((shop) => shop.weight));
  const pickLate = late.length === 0 ? pickAny : weighted(late.map((shop) => shop.weight));
  const lateShops = late.length === 0 ? shops : late;
  return (random, when) => {
    const shop = when.late ? lateShops[pickLate(random)] : shops[pickAny(random)];
    if (shop === undefined) throw new Error('the programme has no tenants');
    return shop;
  };
}

/** An amount in whole hundreds of rupiah. */
export function drawAmount(shop: Shop, random: Random): number {
  const step = random.chance(roundPriceShare) ? roundPriceStep : amountStep;
  const drawn = Math.round(random.logNormal(shop) / step) * step;
  return Math.min(amountMax, Math.max(drawn, step === amountStep ? amountMin : step));
}
