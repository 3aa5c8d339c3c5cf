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

const loopbackName = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The name of `Host: name:port` in lower case; undefined for what is none. */
function hostName(host: string | undefined): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d+)?$/.exec(host?.toLowerCase() ?? '')?.[1];
}

/**
 * Whether a page of another site may have made a browser on this machine ask. Such a page can give its own name this
 * machine's address (DNS rebinding), with which it is no foreign page to the browser any more; but the name stays in
 * `Host`. And not every browser tells `Sec-Fetch-Site`, but all of them tell `Origin` with a POST to another site.
 */
function isForeignPage(request: IncomingMessage, localHosts: readonly string[]): boolean {
  const host = header(request, 'host');
  const name = hostName(host);
  if (name === undefined || (!loopbackName.test(name) && !localHosts.includes(name))) return true;
  if (/^(cross-site|same-site)$/.test(header(request, 'sec-fetch-site') ?? '')) return true;
  const origin = header(request, 'origin');
  return origin !== undefined && origin.toLowerCase() !== `http://${host?.toLowerCase()}`;
}

/**
 * Who asks. `default` has no password (as in ClickHouse, any is right for it) and is for this machine's own processes: a request from
 * another machine, or one that a browser makes for a foreign page, is refused.
 *
 * @param options.localHosts Names that this machine has in `Host` beside localhost and loopback addresses.
 * @throws DatabaseException AUTHENTICATION_FAILED (516), for `analyst` without any password
 * REQUIRED_PASSWORD (194, which makes a browser ask).
 */
export function authenticate(options: {
  request: IncomingMessage;
  url: URLSearchParams;
  analystPassword: string;
  localHosts: readonly string[];
}): User {
  const { request, url, analystPassword, localHosts } = options;
  const { user, password } = credentialsOf(request, url);
  const isPassword = equalInConstantTime(password, analystPassword);
  if (user === 'analyst') {
    if (isPassword) return 'analyst';
    if (password === '') {
      throw exception('REQUIRED_PASSWORD', 'analyst: Authentication failed: password is required.');
    }
  }
  if (user === 'default') {
    if (isLoopback(request.socket.remoteAddress) && !isForeignPage(request, localHosts))
      return 'default';
    throw exception(
      'AUTHENTICATION_FAILED',
      'default: Authentication failed: without a password it is for processes on this machine alone, which ask ' +
        'localhost, 127.0.0.1, [::1] or a name in CLICKHOUSE_LOCAL_HOSTS and no page in a browser. ' +
        'Ask as analyst, with the password.',
    );
  }
  throw exception(
    'AUTHENTICATION_FAILED',
    `${user.slice(0, 64)}: Authentication failed: password is incorrect, or there is no user with such name.`,
  );
}
