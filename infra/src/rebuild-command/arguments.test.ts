import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

const servers = { type: 'environment' };

describe('the arguments of npm run rebuild', () => {
  it.each([
    [['redis'], { part: 'redis', correct: false, servers }],
    [['clickhouse'], { part: 'clickhouse', correct: false, servers }],
    [['all', '--correct'], { part: 'all', correct: true, servers }],
    [
      ['all', '--port-base', '9000'],
      { part: 'all', correct: false, servers: { type: 'port_base', portBase: 9_000 } },
    ],
  ])('%j', (args, command) => {
    expect(parseArguments(args)).toEqual({ type: 'rebuild', ...command });
  });

  it.each([
    [[], 'What is to be made anew: redis, clickhouse, all?'],
    [['kafka'], 'What is to be made anew: redis, clickhouse, all?'],
    [['redis', 'clickhouse'], 'What is to be made anew: redis, clickhouse, all?'],
    [['redis', '--correct'], '--correct is for all.'],
  ])('%j are refused', (args, problem) => {
    expect(parseArguments(args)).toEqual({ type: 'wrong_use', problem });
  });
});
