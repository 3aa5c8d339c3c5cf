import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

const folders = { workingDir: '/home/me', checkoutRoot: '/checkout' };
const ephemeralPorts = { first: 32_768, last: 60_999 };
const parse = (...args: string[]) => parseArguments(args, { ...folders, ephemeralPorts });

describe('parseArguments', () => {
  it('runs the demonstration on the default folder and stays', () => {
    expect(parse()).toEqual({
      type: 'run',
      options: {
        dataDir: '/checkout/.semarak',
        portBase: undefined,
        extent: 'demonstration',
        afterwards: 'stay',
        startSeconds: undefined,
      },
    });
  });

  it('takes each option', () => {
    const args = ['--once', '--data', 'mall', '--port-base', '21100', '--start-seconds', '1800'];
    expect(parse(...args)).toEqual({
      type: 'run',
      options: {
        dataDir: '/home/me/mall',
        portBase: 21100,
        extent: 'demonstration',
        afterwards: 'exit',
        startSeconds: 1_800,
      },
    });
    expect(parse('--no-demo', '--data=/srv/mall')).toMatchObject({
      options: { dataDir: '/srv/mall', extent: 'services', afterwards: 'stay' },
    });
    for (const args of [['--servers'], ['--servers', '--no-demo']])
      expect(parse(...args)).toMatchObject({ options: { extent: 'servers', afterwards: 'stay' } });
    expect(parse('--port-base', '32735')).toMatchObject({ options: { portBase: 32_735 } });
    const unknown = { ...folders, ephemeralPorts: undefined };
    expect(parseArguments(['--port-base', '61000'], unknown)).toMatchObject({ type: 'run' });
    expect(parse('--help')).toEqual({ type: 'help' });
  });

  it.each([
    ['an unknown option', ['--fast'], /--fast/],
    ['a word', ['now'], /now/],
    ['a base that is no number', ['--port-base', 'x'], /--port-base/],
    ['a base of the system', ['--port-base', '80'], /1024/],
    ['a base too near the end', ['--port-base', '65530'], /--port-base/],
    ['a start without time', ['--start-seconds', '0'], /--start-seconds/],
    ['a start of a week', ['--start-seconds', '604800'], /86400/],
    ['a base among the ports of connections', ['--port-base', '40000'], /32735.*32768.*60999/],
    ['a base that reaches them', ['--port-base', '32736'], /32735/],
    ['a base above them', ['--port-base', '61000'], /32735/],
    ['an empty folder', ['--data', ''], /--data/],
    ['a demonstration that is wanted and not wanted', ['--once', '--no-demo'], /--once/],
    ['a demonstration without services', ['--once', '--servers'], /--once .* --servers/],
  ])('refuses %s', (_, args, problem) => {
    expect(parse(...args)).toEqual({
      type: 'refused',
      problem: expect.stringMatching(problem) as string,
    });
  });
});
