import { describe, expect, it } from 'vitest';
import type { User } from './credentials.ts';
import { readKill, RunningQueries } from './running-queries.ts';

describe('KILL QUERY', () => {
  it.each([
    ["KILL QUERY WHERE query_id = 'a'", ['a'], undefined, 'kill'],
    ["kill query where query_id='a' SYNC;", ['a'], undefined, 'kill'],
    ["KILL QUERY WHERE query_id IN ('a', 'b') ASYNC FORMAT JSON", ['a', 'b'], 'JSON', 'kill'],
    ["KILL QUERY WHERE query_id = 'a' TEST", ['a'], undefined, 'test'],
  ])('%s', (text, queryIds, format, mode) => {
    expect(readKill(text)).toEqual({ queryIds, format, mode });
  });

  it.each([
    'KILL QUERY WHERE 1',
    "KILL MUTATION WHERE query_id = 'a'",
    "KILL QUERY WHERE query_id = 'a' OR 1",
    "KILL QUERY WHERE query_id = 'a\\'",
    "KILL QUERY ON CLUSTER c WHERE query_id = 'a'",
    'SELECT 1',
  ])('is not read from: %s', (text) => {
    expect(readKill(text)).toBeUndefined();
  });

  it('ends one’s own queries, for the owner everybody’s', () => {
    const killed: string[] = [];
    const running = new RunningQueries();
    const begin = (user: User, queryId: string) =>
      running.begin({ user, queryId, text: '', kill: () => killed.push(`${user} ${queryId}`) });
    const end = begin('analyst', 'a');
    begin('default', 'a');
    expect(() => begin('analyst', 'a')).toThrow(expect.objectContaining({ code: 216 }));
    const asked = { queryIds: ['a', 'b'], format: undefined, mode: 'kill' } as const;
    running.kill({ user: 'analyst', asked: { ...asked, mode: 'test' } });
    expect(killed).toEqual([]);
    expect(running.kill({ user: 'analyst', asked })).toHaveLength(1);
    expect(killed).toEqual(['analyst a']);
    running.kill({ user: 'default', asked });
    expect(killed).toEqual(['analyst a', 'analyst a', 'default a']);
    end();
    expect(running.kill({ user: 'analyst', asked })).toEqual([]);
  });
});
