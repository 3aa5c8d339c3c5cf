import type { Random } from '../random/random.ts';
import type { MallClock } from './clock.ts';
import type { SimulationOptions } from './options.ts';
import type { Person } from './people.ts';
import type { Enrolment } from './records.ts';
import type { SaleDraft } from './drafts.ts';

/** The desk opens before the shops; in seconds since the business day's midnight. */
const deskOpens = 9.5 * 3600;
const deskCloses = 21.5 * 3600;

/** Seconds between joining and the first sale, whichever comes first. */
const joinsBefore = { min: 120, max: 2_400 };
const joinsAfter = { min: 300, max: 3_600 };

/** For each hundred who join and buy, so many join and buy nothing that day. */
const idlePerHundred = 5;

const receivedAfterMs = 400;

/**
 * Those who buy for the first time join at the desk shortly before, some after; a few others join
 * without buying. Adds all of them to `enrolled`. In the order of receivedAt.
 */
export function enrolVisitors(day: {
  readonly options: SimulationOptions;
  readonly people: readonly Person[];
  readonly enrolled: Set<string>;
  readonly clock: MallClock;
  readonly sales: readonly SaleDraft[];
  readonly random: Random;
}): Enrolment[] {
  const { random, enrolled } = day;
  const firstSales = new Map<Person, number>();
  for (const { person, second } of day.sales)
    if (person !== undefined)
      firstSales.set(person, Math.min(second, firstSales.get(person) ?? second));
  const joined: { person: Person; second: number }[] = [];
  const join = (person: Person, second: number) => {
    enrolled.add(person.memberId);
    joined.push({ person, second });
  };
  for (const person of day.people) {
    const sale = firstSales.get(person);
    if (sale === undefined || !person.enrols || enrolled.has(person.memberId)) continue;
    const after = random.chance(day.options.shares.enrolledAfterFirstSale) && sale < deskCloses;
    join(
      person,
      after
        ? sale + random.integer(joinsAfter)
        : Math.min(deskCloses, Math.max(deskOpens, sale - random.integer(joinsBefore))),
    );
  }
  let idle = Math.floor((joined.length * idlePerHundred) / 100);
  for (const person of day.people) {
    if (idle === 0) break;
    if (!person.enrols || enrolled.has(person.memberId)) continue;
    join(person, random.integer({ min: deskOpens, max: deskCloses }));
    idle -= 1;
  }
  return joined
    .sort((a, b) => a.second - b.second)
    .map(({ person, second }) =>
      enrolment({ person, enrolledAt: day.clock.instantOf(second), day }),
    );
}

function enrolment(joined: {
  readonly person: Person;
  readonly enrolledAt: number;
  readonly day: { readonly options: SimulationOptions; readonly clock: MallClock };
}): Enrolment {
  const { memberId, name, gender, birthDate, address, zone } = joined.person;
  const { clock, options } = joined.day;
  return {
    programme: options.programme.programme,
    memberId,
    enrolledAt: clock.format(joined.enrolledAt),
    receivedAt: clock.format(joined.enrolledAt + receivedAfterMs),
    name,
    gender,
    birthDate,
    address,
    zone,
  };
}
