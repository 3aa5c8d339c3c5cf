import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { exception } from './exception.ts';

export type User = 'default' | 'analyst';

interface Credentials {
  readonly user: string;
  readonly password: string;
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function basicCredentials(request: IncomingMessage): Credentials | undefined {
  const match = /^Basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(header(request, 'authorization') ?? '');
  if (match?.[1] === undefined) return undefined;
  const text = Buffer.from(match[1], 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return { user: text, password: '' };
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** In ClickHouse's order: its own headers, Basic, then the URL; nobody named is `default`. */
function credentialsOf(request: IncomingMessage, url: URLSearchParams): Credentials {
  const user = header(request, 'x-clickhouse-user');
  const key = header(request, 'x-clickhouse-key');
  if (user !== undefined || key !== undefined) {
    return { user: user ?? 'default', password: key ?? '' };
  }
  const basic = basicCredentials(request);
  if (basic !== undefined) return basic;
  return { user: url.get('user') ?? 'default', password: url.get('password') ?? '' };
}

function equalInConstantTime(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/.test(address) || address === '::1';
}

/**
 * Who asks. `default` has no password (as in ClickHouse, any is right for it) and is for this machine's own processes: a request from
 * another machine, or one that a browser makes for a foreign page, is refused.
 *
 * @throws DatabaseException AUTHENTICATION_FAILED (516), for `analyst` without any password
 * REQUIRED_PASSWORD (194, which makes a browser ask).
 */
export function authenticate(options: {
  request: IncomingMessage;
  url: URLSearchParams;
  analystPassword: string;
}): User {
  const { request, url, analystPassword } = options;
  const { user, password } = credentialsOf(request, url);
  const isPassword = equalInConstantTime(password, analystPassword);
  if (user === 'analyst') {
    if (isPassword) return 'analyst';
    if (password === '') {
      throw exception('REQUIRED_PASSWORD', 'analyst: Authentication failed: password is required.');
    }
  }
  const isForeignPage = /^(cross-site|same-site)$/.test(header(request, 'sec-fetch-site') ?? '');
  const mayBeDefault = isLoopback(request.socket.remoteAddress) && !isForeignPage;
  if (user === 'default' && mayBeDefault) return 'default';
  throw exception(
    'AUTHENTICATION_FAILED',
    `${user.slice(0, 64)}: Authentication failed: password is incorrect, or there is no user with such name.`,
  );
}
