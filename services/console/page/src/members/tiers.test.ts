import { expect, it } from 'vitest';
import { compareTiers, isRise, movementsIn } from './tiers.ts';

it('knows the order of the tiers, and puts others above them by name', () => {
  const tiers = ['platinum', 'gold', 'none', 'diamond', 'blue', 'temporary'];
  expect(tiers.sort(compareTiers)).toEqual([
    'none',
    'temporary',
    'blue',
    'gold',
    'diamond',
    'platinum',
  ]);
});

it('tells rises from falls and lists each kind once, rises first', () => {
  const move = (from_tier: string, to_tier: string) => ({ from_tier, to_tier });
  const rows = [
    move('blue', 'temporary'),
    move('temporary', 'blue'),
    move('none', 'temporary'),
    move('temporary', 'blue'),
    move('blue', 'gold'),
  ];
  expect(isRise(move('blue', 'gold'))).toBe(true);
  expect(isRise(move('gold', 'none'))).toBe(false);
  expect(movementsIn(rows)).toEqual([
    move('none', 'temporary'),
    move('temporary', 'blue'),
    move('blue', 'gold'),
    move('blue', 'temporary'),
  ]);
});
