import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

const folders = { workingDir: '/home/me', checkoutRoot: '/checkout' };
const parse = (...args: string[]) => parseArguments(args, folders);

describe('parseArguments', () => {
  it('runs the demonstration on the default folder and stays', () => {
    expect(parse()).toEqual({
      type: 'run',
      options: {
        dataDir: '/checkout/.semarak',
        portBase: undefined,
        demonstration: 'run',
        afterwards: 'stay',
      },
    });
  });

  it('takes each option', () => {
    expect(parse('--once', '--data', 'mall', '--port-base', '21100')).toEqual({
      type: 'run',
      options: {
        dataDir: '/home/me/mall',
        portBase: 21100,
        demonstration: 'run',
        afterwards: 'exit',
      },
    });
    expect(parse('--no-demo', '--data=/srv/mall')).toMatchObject({
      options: { dataDir: '/srv/mall', demonstration: 'skip', afterwards: 'stay' },
    });
    expect(parse('--help')).toEqual({ type: 'help' });
  });

  it.each([
    ['an unknown option', ['--fast'], /--fast/],
    ['a word', ['now'], /now/],
    ['a base that is no number', ['--port-base', 'x'], /--port-base/],
    ['a base of the system', ['--port-base', '80'], /1024/],
    ['a base too near the end', ['--port-base', '65530'], /--port-base/],
    ['an empty folder', ['--data', ''], /--data/],
    ['a demonstration that is wanted and not wanted', ['--once', '--no-demo'], /--once/],
  ])('refuses %s', (_, args, problem) => {
    expect(parse(...args)).toEqual({
      type: 'refused',
      problem: expect.stringMatching(problem) as string,
    });
  });
});
