import { describe, expect, it } from 'vitest';
import { defaultShares } from './mall/options.ts';
import { parseCommand } from './command-line.ts';

describe('the command line', () => {
  it('leaves a demonstration to the environment', () => {
    expect(parseCommand(['demo'])).toEqual({
      type: 'run',
      name: 'demo',
      sales: undefined,
      seed: undefined,
      days: 1,
      shares: defaultShares,
      offlineDaysMax: 9,
      members: undefined,
      shuffleSeed: undefined,
      recordsFile: undefined,
    });
  });

  it('has numbers of its own for a load', () => {
    expect(parseCommand(['load'])).toMatchObject({ sales: 100_000, seed: 1, days: 1 });
    const args = [
      'load',
      '--transactions',
      '5',
      '--seed=9',
      '--days',
      '2',
      '--records',
      'r.ndjson',
    ];
    expect(parseCommand(args)).toMatchObject({
      sales: 5,
      seed: 9,
      days: 2,
      recordsFile: 'r.ndjson',
    });
  });

  it('takes shares by their name', () => {
    const args = ['load', '--share', 'refunds=0.2', '--share', 'conflicts=1'];
    const shares = { ...defaultShares, refunds: 0.2, conflicts: 1 };
    expect(parseCommand(args)).toMatchObject({ shares });
  });

  it('takes a month of troubled terminals in another order', () => {
    const args = ['load', '--offline-days', '5', '--members', '600', '--shuffle', '7'];
    expect(parseCommand(args)).toMatchObject({ offlineDaysMax: 5, members: 600, shuffleSeed: 7 });
  });

  it('shows its help', () => {
    expect(parseCommand(['demo', '--help'])).toEqual({ type: 'help' });
  });

  it.each([
    [[], /expected demo or load/],
    [['dance'], /not dance/],
    [['demo', 'load'], /expected demo or load/],
    [['demo', '--speed', '5'], /--speed/],
    [['load', '--transactions', '0'], /--transactions must be a whole number from 1/],
    [['load', '--seed', '-1'], /--seed/],
    [['load', '--days', '1.5'], /--days/],
    [['load', '--share', 'refunds=2'], /--share/],
    [['load', '--offline-days', '0'], /--offline-days/],
    [['load', '--shuffle', '1', '--share', 'conflicts=0.1'], /--shuffle and conflicts/],
    [['load', '--share', 'gifts=0.1'], /with a NAME of anonymous/],
  ])('refuses %j', (args, problem) => {
    const command = parseCommand(args);
    expect(command.type === 'wrong' ? command.problem : command).toMatch(problem);
  });
});
