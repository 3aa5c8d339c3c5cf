/** What there is of each thing: records by their type, and what some of their fields sum up to. */
export type Sums = Map<string, number>;

export const add = (sums: Sums, name: string, by: number): void =>
  void sums.set(name, (sums.get(name) ?? 0) + by);

/** A sentence for each sum that is not what it should be; what is not there is 0. */
export function unequalSums(is: Sums, should: Sums): string[] {
  const of = (sums: Sums, name: string): number => sums.get(name) ?? 0;
  return [...new Set([...is.keys(), ...should.keys()])]
    .filter((name) => of(is, name) !== of(should, name))
    .map((name) => `${name}: is ${of(is, name)}, should be ${of(should, name)}`);
}
