import type { Chance } from '../faults/chance.ts';

/** What is known of a server by whoever wants to upset it. */
export interface Target {
  /** Paths that it has. */
  readonly paths: readonly string[];
  /** Lines of headers that let somebody in. */
  readonly credentials: readonly string[];
  /** Bodies that it takes. */
  readonly bodies: readonly string[];
}

const oneOf = <Item>(chance: Chance, items: readonly Item[]): Item => {
  const item = items[chance(items.length)];
  if (item === undefined) throw new Error('there is nothing to choose from');
  return item;
};

const methods = [
  ...['GET', 'GET', 'GET', 'POST', 'POST', 'POST', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'],
  ...['TRACE', 'CONNECT', 'PROPFIND', 'M-SEARCH', 'get', 'BREW', '', 'GET\0', 'PRI'],
];

/** The first so many are in common use. */
const methodsKnown = 12;

const targets = [
  ...['/', '//', '///', '*', '', ' ', '/%', '/%zz', '/%00', '/%ff%fe', '/..', '/../../etc/passwd'],
  ...['http://[', 'http://', 'http://a', 'http://a/', 'http://[::1]/ping', 'https://a:99999999/'],
  ...['http://a@b/', 'http:///x', 'HTTP://localhost/healthz', 'ftp://a/', 'javascript:1', 'a:80'],
  ...['/?', '/?&&&', '/?=', '/?a=%', '/?%00=1', '/?query=%FF', '/#', '/?#?', '/;', '/a;b=c'],
  ...['/__proto__', '/constructor', '/toString?__proto__=1', '/\u00e9', '/\t', '/ /', '\\', '/\\'],
  `/${'a'.repeat(9_000)}`,
  `/?${'a=1&'.repeat(3_000)}`,
];

const versions = ['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9'];
const strangeVersions = [
  'HTTP/1',
  'HTTP/1.10',
  'http/1.1',
  'RTSP/1.0',
  '',
  'HTTP/1.1 ',
  'HTTP/9.9',
];

const headers = [
  ...['Host: localhost', 'Host:', 'Host: a\r\nHost: b', 'Host: [', 'Host: a/b', 'Host: \u00ff'],
  ...['Content-Length: 5', 'Content-Length: -1', 'Content-Length: 1e3', 'Content-Length: 0x10'],
  ...['Content-Length: 99999999999999999999', 'Content-Length: 5\r\nContent-Length: 6'],
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip',
    'Transfer-Encoding: chunked, chunked',
  ],
  ...['Transfer-Encoding: \x0bchunked', 'Content-Encoding: gzip', 'Content-Encoding: br'],
  ...['Content-Encoding: deflate', 'Content-Encoding: zstd', 'Content-Encoding: nonsense'],
  ...[
    'Content-Type: application/json',
    'Content-Type: Application/X-NDJSON',
    'Content-Type: text/',
  ],
  ...[
    'Content-Type: application/json; charset=utf-16',
    'Content-Type: ;;;',
    'Content-Type: \u00ff/x',
  ],
  ...['Content-Type: multipart/form-data; boundary=', 'Content-Type: application/x-ndjson;charset'],
  ...['Expect: 100-continue', 'Expect: 200-ok', 'Upgrade: websocket\r\nConnection: Upgrade'],
  ...['Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQ'],
  ...[
    'Connection: close',
    'Connection: keep-alive',
    'Connection: \u0080',
    'Authorization: Basic %%%',
  ],
  ...['Authorization: Bearer', 'Authorization: Basic Og==', 'Authorization: Digest x'],
  ...[
    'Accept: */*;q=nan',
    'Accept-Encoding: gzip;q=2, ,,;',
    'Range: bytes=9-1',
    'If-None-Match: "',
  ],
  ...['Origin: null', 'Sec-Fetch-Site: cross-site', 'X-Forwarded-For: 127.0.0.1', 'Cookie: a'],
  ...['X-ClickHouse-User: default', 'X-ClickHouse-User: analyst', 'X-ClickHouse-Format: '],
  ...['X-ClickHouse-Database: \u00ff', ': empty', ' folded: x', 'a b: c', 'no colon', 'X: a\0b'],
  `X: ${'y'.repeat(20_000)}`,
  ...Array.from({ length: 4 }, (_, at) => `X-Many-${at}: 1\r\n`.repeat(600).trimEnd()),
];

const chunks = [
  ...['5\r\nhello\r\n0\r\n\r\n', '5\r\nhel', 'zz\r\nhello\r\n', '-1\r\n\r\n', '0\r\n\r\n'],
  ...[
    'ffffffffffffffff\r\n',
    '5;x=y\r\nhello\r\n0\r\nTrailer: a\r\n\r\n',
    '5\nhello\n0\n\n',
    '\r\n\r\n',
  ],
];

const strangeBodies = [
  ...[
    '',
    '{',
    '[',
    '{"a":',
    'null',
    '"',
    '[[[[',
    '{}{}',
    '\ufeff{}',
    '\0',
    '{"__proto__":{"a":1}}',
  ],
  ...['{"a":1,"a":2}', '1e999', '\n\n\n', '{}\n{}\n{', '\u00ff\u00fe', '\x1f\x8b\x08\x00\x00'],
  ...['('.repeat(2_000), '['.repeat(20_000), `{"a":"${'x'.repeat(70_000)}"}`],
  `{${Array.from({ length: 500 }, (_, at) => `"f${at}":${at}`).join(',')}}`,
];

/** One message to a server, as malformed as chance has it, and always the same of the same chance. */
export function malformedRequest(chance: Chance, target: Target): Buffer {
  if (chance(20) === 0) return noise(chance);
  const sound = chance(3) > 0;
  const method = oneOf(chance, sound ? methods.slice(0, methodsKnown) : methods);
  const path = chance(2) === 0 ? oneOf(chance, target.paths) : oneOf(chance, targets);
  const version = oneOf(chance, sound ? versions : strangeVersions);
  const lines = [`${method} ${path} ${version}`];
  if (sound) lines.push('Host: localhost');
  if (target.credentials.length > 0 && chance(2) === 0)
    lines.push(oneOf(chance, target.credentials));
  for (let more = chance(sound ? 3 : 5); more > 0; more--) lines.push(oneOf(chance, headers));
  const chunked = chance(6) === 0;
  const body = chunked
    ? oneOf(chance, chunks)
    : oneOf(chance, chance(2) === 0 ? [...target.bodies, ''] : strangeBodies);
  if (chunked) lines.push('Transfer-Encoding: chunked');
  else if (chance(3) > 0) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  const end = sound
    ? '\r\n'
    : oneOf(chance, ['\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\n\r\n']);
  const bytes = Buffer.from(`${lines.join(end)}${end}${end}${body}`);
  return sound && chance(4) > 0 ? bytes : damaged(chance, bytes);
}

const noise = (chance: Chance): Buffer =>
  Buffer.from(Array.from({ length: 1 + chance(300) }, () => chance(256)));

/** A few bytes changed, cut out or put in, or none. */
function damaged(chance: Chance, sound: Buffer): Buffer {
  let bytes = sound;
  for (let times = chance(4) - 1; times > 0; times--) {
    const at = chance(bytes.length);
    const before = bytes.subarray(0, at);
    switch (chance(4)) {
      case 0:
        bytes = Buffer.concat([before, Buffer.from([chance(256)]), bytes.subarray(at + 1)]);
        break;
      case 1:
        bytes = Buffer.concat([before, bytes.subarray(at + chance(8))]);
        break;
      case 2:
        bytes = Buffer.concat([before, noise(chance).subarray(0, 8), bytes.subarray(at)]);
        break;
      default:
        bytes = Buffer.concat([before, bytes.subarray(Math.max(0, at - 20))]);
    }
  }
  return chance(12) === 0 ? bytes.subarray(0, chance(bytes.length + 1)) : bytes;
}
