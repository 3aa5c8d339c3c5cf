import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { parseClickHouseServerConfig } from './config.ts';
import { authenticate } from './credentials.ts';

const analystPassword = 'password-of-the-analyst';
const ownerPassword = 'password-of-the-owner';
const local = { host: '127.0.0.1:8123' };

function userOf(
  own: Readonly<Record<string, string>>,
  options: { remoteAddress?: string; localHosts?: readonly string[] } = {},
): string {
  const { remoteAddress = '127.0.0.1', localHosts = [] } = options;
  const headers = { 'x-clickhouse-key': ownerPassword, ...own };
  const request = { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
  const url = new URLSearchParams();
  return authenticate({ request, url, analystPassword, ownerPassword, localHosts });
}

const refused = /^default: Authentication failed: it is for processes .* CLICKHOUSE_LOCAL_HOSTS/;

describe('the user default', () => {
  it.each([
    'localhost',
    'localhost:8123',
    'LOCALHOST:8123',
    '127.0.0.1:8123',
    '127.8.0.1',
    '[::1]:8123',
  ])('is whoever asks this machine by the name %s', (host) => {
    expect(userOf({ host })).toBe('default');
    expect(userOf({ host }, { remoteAddress: '::1' })).toBe('default');
  });

  it.each([
    'mall.example:8123',
    'localhost.mall.example:8123',
    '127.0.0.1.mall.example',
    '192.168.0.7:8123',
    'localhost:8123@mall.example',
    '[::1].mall.example',
    '',
  ])('is nobody who asks it by another, as a page does that rebinds its name: "%s"', (host) => {
    expect(() => userOf({ host })).toThrow(refused);
  });

  it('is nobody who asks by no name, or from another machine', () => {
    expect(() => userOf({})).toThrow(refused);
    expect(() => userOf(local, { remoteAddress: '10.0.0.7' })).toThrow(refused);
    expect(() => userOf(local, { remoteAddress: '::ffff:10.0.0.7' })).toThrow(refused);
  });

  it('is nobody without the password, or with the analyst’s', () => {
    expect(() => userOf({ ...local, 'x-clickhouse-key': '' })).toThrow(/password is required/);
    for (const key of ['wrong-password', analystPassword])
      expect(() => userOf({ ...local, 'x-clickhouse-key': key })).toThrow(/password is incorrect/);
  });

  it.each([
    'forwarded',
    'via',
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-proto',
    'x-real-ip',
    'x-client-ip',
    'true-client-ip',
  ])('is nobody who asks through a proxy, which says %s', (name) => {
    expect(() => userOf({ ...local, [name]: '127.0.0.1' })).toThrow(refused);
  });

  it('may ask by a name that is configured', () => {
    const localHosts = ['warehouse'];
    expect(userOf({ host: 'Warehouse:8123' }, { localHosts })).toBe('default');
    expect(() => userOf({ host: 'warehouse.example' }, { localHosts })).toThrow(refused);
  });

  it.each([
    { origin: 'https://mall.example' },
    { origin: 'http://127.0.0.1:9000' },
    { origin: 'https://127.0.0.1:8123' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('is no page of another site: %o', (headers) => {
    expect(() => userOf({ ...local, ...headers })).toThrow(refused);
  });

  it('may be this server’s own page, and an address that somebody typed', () => {
    expect(userOf({ ...local, origin: 'http://127.0.0.1:8123' })).toBe('default');
    expect(userOf({ ...local, 'sec-fetch-site': 'none' })).toBe('default');
  });
});

describe('the analyst', () => {
  it('is let in by the password, whatever the name and wherever from', () => {
    const headers = {
      host: 'mall.example',
      origin: 'https://mall.example',
      'x-clickhouse-user': 'analyst',
      'x-clickhouse-key': analystPassword,
    };
    expect(userOf(headers, { remoteAddress: '10.0.0.7' })).toBe('analyst');
    expect(userOf({ ...headers, 'x-forwarded-for': '10.0.0.7' })).toBe('analyst');
    for (const key of ['wrong-password', ownerPassword])
      expect(() => userOf({ ...headers, 'x-clickhouse-key': key })).toThrow(/incorrect/);
  });
});

describe('CLICKHOUSE_LOCAL_HOSTS', () => {
  const read = (names: string) =>
    parseClickHouseServerConfig({
      CLICKHOUSE_DATA_DIR: 'data',
      CLICKHOUSE_ANALYST_PASSWORD: analystPassword,
      CLICKHOUSE_OWNER_PASSWORD: ownerPassword,
      CLICKHOUSE_LOCAL_HOSTS: names,
    }).CLICKHOUSE_LOCAL_HOSTS;

  it('is a list of names', () => {
    expect(read('')).toEqual([]);
    expect(read('Warehouse,db.internal')).toEqual(['warehouse', 'db.internal']);
  });

  it.each(['a b', 'a,,b', 'a:8123', '*', Array.from({ length: 17 }, () => 'a').join(',')])(
    'is refused by its name: "%s"',
    (names) => {
      expect(() => read(names)).toThrow(/CLICKHOUSE_LOCAL_HOSTS: must be host names/);
    },
  );
});
