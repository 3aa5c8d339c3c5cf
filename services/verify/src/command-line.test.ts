import { describe, expect, it } from 'vitest';
import { parseCommand } from './command-line.ts';

describe('parseCommand', () => {
  it('has a default for everything', () => {
    expect(parseCommand([])).toEqual({
      type: 'verify',
      servers: { type: 'environment' },
      differencesMax: 100,
      waitSeconds: 60,
      roundsMax: 5,
    });
  });

  it('takes a folder and limits', () => {
    const args = [
      '--data',
      'd',
      '--differences-max',
      '0',
      '--wait-seconds',
      '9',
      '--rounds-max',
      '2',
    ];
    expect(parseCommand(args)).toEqual({
      type: 'verify',
      servers: { type: 'data_folder', folder: 'd' },
      differencesMax: 0,
      waitSeconds: 9,
      roundsMax: 2,
    });
  });

  it.each([
    [['--data', 'd', '--port-base', '8080'], 'give one of them'],
    [['--data', ''], 'must name a folder'],
    [['--port-base', '80'], 'whole number from 1024'],
    [['--rounds-max', '0'], 'whole number from 1 to'],
    [['--differences-max', '-1'], 'differences-max'],
    [['everything'], 'everything'],
    [['--fast'], '--fast'],
  ])('refuses %j', (args, problem) => {
    const command = parseCommand(args);
    expect(command.type).toBe('wrong_use');
    expect(command.type === 'wrong_use' && command.problem).toContain(problem);
  });
});
