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

/** Headers in which a proxy says for whom it asks. */
const forwardingHeader =
  /^(?:forwarded(?:-.*)?|via|x-forwarded(?:-.*)?|x-real-ip|x-client-ip|x-cluster-client-ip|x-original-.*|true-client-ip|cf-connecting-ip|fastly-client-ip)$/;

/** Whether somebody asks through a proxy, whose own place on this machine says nothing about them. */
function isForwarded(request: IncomingMessage): boolean {
  return Object.keys(request.headers).some((name) => forwardingHeader.test(name));
}

/**
 * Who asks. `default` owns the database and is for this machine's own processes: even with the
 * password, a request from another machine or through a proxy, or one that a browser makes for a
 * foreign page, is refused.
 *
 * @param options.localHosts Names that this machine has in `Host` beside localhost and loopback addresses.
 * @throws DatabaseException AUTHENTICATION_FAILED (516), without any password REQUIRED_PASSWORD (194, which makes a browser ask).
 */
export function authenticate(options: {
  request: IncomingMessage;
  url: URLSearchParams;
  analystPassword: string;
  ownerPassword: string;
  localHosts: readonly string[];
}): User {
  const { request, url, analystPassword, ownerPassword, localHosts } = options;
  const { user, password } = credentialsOf(request, url);
  const expected = user === 'default' ? ownerPassword : analystPassword;
  const isPassword = equalInConstantTime(password, expected);
  if (user === 'analyst' || user === 'default') {
    if (user === 'default') refuseElsewhere(request, localHosts);
    if (isPassword) return user;
    if (password === '') {
      throw exception('REQUIRED_PASSWORD', `${user}: Authentication failed: password is required.`);
    }
  }
  throw exception(
    'AUTHENTICATION_FAILED',
    `${user.slice(0, 64)}: Authentication failed: password is incorrect, or there is no user with such name.`,
  );
}

/** Whatever the password: a request that this machine's own processes would not send. */
function refuseElsewhere(request: IncomingMessage, localHosts: readonly string[]): void {
  const isHere = isLoopback(request.socket.remoteAddress) && !isForwarded(request);
  if (isHere && !isForeignPage(request, localHosts)) return;
  throw exception(
    'AUTHENTICATION_FAILED',
    'default: Authentication failed: it is for processes on this machine alone, which ask ' +
      'localhost, 127.0.0.1, [::1] or a name in CLICKHOUSE_LOCAL_HOSTS, through no proxy, and are ' +
      'no page in a browser. Ask as analyst, with the password.',
  );
}
