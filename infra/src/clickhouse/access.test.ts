import { expect, test } from 'vitest';
import { clickHouseAccess } from './access.ts';

test.each([
  ['http://host:8123', { url: 'http://host:8123/', credentials: undefined }],
  [
    'http://default:a%40b%2F@host:8123',
    { url: 'http://host:8123/', credentials: { username: 'default', password: 'a@b/' } },
  ],
  [
    'https://:secret@host/',
    { url: 'https://host/', credentials: { username: 'default', password: 'secret' } },
  ],
])('%s', (url, access) => expect(clickHouseAccess(url)).toEqual(access));

test('who asks by an own name is not the one of the URL', () => {
  const own = { username: 'analyst', password: 'secret' };
  expect(clickHouseAccess('http://default:other@host:8123', own)).toEqual({
    url: 'http://host:8123/',
    credentials: own,
  });
});
