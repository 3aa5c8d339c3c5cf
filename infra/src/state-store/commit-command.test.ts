import { describe, expect, it } from 'vitest';
import { encodeCommit } from './commit-command.ts';
import { bucketOf } from './layout.ts';

/** The arguments of a command, read as Redis reads it. */
function argumentsOf(bytes: Buffer): Buffer[] {
  let at = 0;
  const number = (type: string): number => {
    expect(String.fromCharCode(bytes[at] ?? 0)).toBe(type);
    const end = bytes.indexOf('\r\n', at);
    const value = Number(bytes.toString('latin1', at + 1, end));
    at = end + 2;
    return value;
  };
  const found = Array.from({ length: number('*') }, () => {
    const length = number('$');
    const argument = bytes.subarray(at, at + length);
    expect(bytes.toString('latin1', at + length, at + length + 2)).toBe('\r\n');
    at += length + 2;
    return argument;
  });
  expect(at).toBe(bytes.length);
  return found;
}

const commit = {
  from: 9_999,
  to: 12_000,
  token: 'owner',
  filter: 'transactions/3:10:0',
  last: '11999:2:0a',
};

describe('a commit as Redis is given it', () => {
  it('has position, owner, filter and last record, then bucket, name and bytes of each change', () => {
    const state = Buffer.from([0, 13, 10, 36, 255]);
    const changes = [
      ['pacific-place/M-1', state],
      ['', new Uint8Array()],
      ['mal/Anggrèk🎈', Buffer.alloc(100_000, 42)],
    ] as const;
    const [name, sha, keys, ...rest] = argumentsOf(
      encodeCommit('{accrual:3}', { ...commit, changes }),
    );
    expect(String(name)).toBe('EVALSHA');
    expect(String(sha)).toMatch(/^[0-9a-f]{40}$/);
    expect(String(keys)).toBe('1');
    const before = rest.splice(0, 6).map(String);
    expect(before).toEqual(['{accrual:3}', '9999', '12000', 'owner', commit.filter, commit.last]);
    expect(rest).toEqual(
      changes.flatMap(([of, bytes]) => [
        Buffer.from(String(bucketOf(of))),
        Buffer.from(of),
        Buffer.from(bytes),
      ]),
    );
  });

  it('may have no change', () => {
    expect(argumentsOf(encodeCommit('{accrual:3}', { ...commit, changes: [] }))).toHaveLength(9);
  });

  it.each([0, 9, 10, 99, 100, 1_000, 65_536])('has states of %s bytes', (bytes) => {
    const changes = [['M-1', Buffer.alloc(bytes)]] as const;
    expect(argumentsOf(encodeCommit('k', { ...commit, changes })).at(-1)).toHaveLength(bytes);
  });
});
