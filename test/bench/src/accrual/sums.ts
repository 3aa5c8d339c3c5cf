import type { DomainEvent } from '@semarak/programme';

/** How many events of each type there are, and what the postings sum up to. */
export type Sums = Map<string, number>;

/** Adds an event; whatever its order among others, the sums are the same. */
export function addEvent(sums: Sums, event: Pick<DomainEvent, 'type'> & { value: object }): void {
  add(sums, event.type, 1);
  if (event.type !== 'TransactionPosted') return;
  const posted = (event as Extract<DomainEvent, { type: 'TransactionPosted' }>).value;
  add(sums, 'remaining', posted.remainingChange);
  add(sums, 'points', posted.pointsChange);
  add(sums, 'balances', posted.balance);
}

/** A sentence for each sum that is not what it should be. */
export function unequalSums(is: Sums, should: Sums): string[] {
  const names = [...new Set([...is.keys(), ...should.keys()])];
  return names
    .filter((name) => is.get(name) !== should.get(name))
    .map((name) => `${name}: is ${is.get(name) ?? 0}, should be ${should.get(name) ?? 0}`);
}

const add = (sums: Sums, name: string, by: number): void =>
  void sums.set(name, (sums.get(name) ?? 0) + by);
