import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';

const servers = { type: 'environment' };

describe('the command line', () => {
  it('knows its three commands', () => {
    expect(parseArguments(['list'])).toEqual({
      type: 'list',
      topic: undefined,
      newest: 100,
      format: 'text',
      servers,
    });
    expect(parseArguments(['list', '--topic', 'members', '--newest', '5', '--json'])).toEqual({
      type: 'list',
      topic: 'members',
      newest: 5,
      format: 'json',
      servers,
    });
    const place = { topic: 'loyalty-events', partition: 3, offset: 120 };
    expect(parseArguments(['show', 'loyalty-events/3/120', '--data', 'd'])).toEqual({
      type: 'show',
      place,
      personalData: 'hidden',
      servers: { type: 'data_folder', folder: 'd' },
    });
    expect(parseArguments(['show', 'loyalty-events/3/120', '--personal-data'])).toMatchObject({
      personalData: 'shown',
    });
    expect(parseArguments(['retry', 'loyalty-events/3/120'])).toEqual({
      type: 'retry',
      which: { type: 'place', place },
      servers,
    });
    expect(parseArguments(['retry', '--all', '--topic', 'transactions'])).toEqual({
      type: 'retry',
      which: { type: 'all', topic: 'transactions' },
      servers,
    });
    expect(parseArguments(['retry', '--help'])).toEqual({ type: 'help' });
  });

  it.each([
    [[]],
    [['forget']],
    [['toString']],
    [['list', 'transactions/3/120']],
    [['list', '--newest', '0']],
    [['list', '--newest', '1.5']],
    [['list', '--topic', 'sales']],
    [['list', '--personal-data']],
    [['show']],
    [['show', 'sales/3/120']],
    [['show', 'transactions/3']],
    [['show', 'transactions/3/120', 'transactions/3/121']],
    [['show', 'transactions/3/120', '--all']],
    [['retry']],
    [['retry', 'transactions/3/120', '--all']],
    [['retry', 'transactions/3/120', '--topic', 'members']],
    [['retry', '--all', '--data', 'd', '--port-base', '9000']],
  ])('says what is wrong with %j', (args) => {
    expect(parseArguments(args)).toMatchObject({
      type: 'wrong_use',
      problem: expect.stringMatching(/.{10}/) as string,
    });
  });
});
