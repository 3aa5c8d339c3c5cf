/**
 * Most states refer to the same few texts. Those met last, each in the place that its hash gives it, are met again
 * rather than made again, and states have the same one in memory.
 */
const placesMax = 4096;
const met = new Array<string>(placesMax).fill('');

const mix = (hash: number, unit: number): number => (Math.imul(hash, 31) + unit) | 0;
const placeOf = (hash: number): number => (hash ^ (hash >>> 12)) & (placesMax - 1);

/** The text of the first of these UTF-16 units. */
export function textOf(units: readonly number[], length: number): string {
  let hash = 0;
  for (let index = 0; index < length; index++) hash = mix(hash, units[index] ?? 0);
  const place = placeOf(hash);
  const known = met[place] ?? '';
  if (known.length === length && isOf(known, units)) return known;
  return (met[place] = String.fromCharCode(...units.slice(0, length)));
}

function isOf(text: string, units: readonly number[]): boolean {
  for (let index = 0; index < text.length; index++)
    if (text.charCodeAt(index) !== units[index]) return false;
  return true;
}

/** An equal text, the one that others have. */
export function shared(text: string): string {
  let hash = 0;
  for (let index = 0; index < text.length; index++) hash = mix(hash, text.charCodeAt(index));
  const place = placeOf(hash);
  const known = met[place];
  return known === text ? known : (met[place] = text);
}
