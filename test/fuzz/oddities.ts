/*
 * Parts of requests that servers have stumbled over, here or elsewhere.
 */

export const methods: readonly string[] = [
  ...['HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'M-SEARCH'],
  ...['GET', 'POST', 'QUERY', 'get', 'BREW', '', 'GET\0', 'PRI', 'GET,POST', 'X'.repeat(5_000)],
];

export const targets: readonly string[] = [
  ...['/', '//', '///', '*', '', ' ', '/%', '/%zz', '/%00', '/%ff%fe', '/..', '/../../etc/passwd'],
  ...['http://[', 'http://', 'http://a', 'http://a/', 'http://[::1]/ping', 'https://a:99999999/'],
  ...['http://a@b/', 'http:///x', 'HTTP://localhost/healthz', 'ftp://a/', 'javascript:1', 'a:80'],
  ...['/?', '/?&&&', '/?=', '/?a=%', '/?%00=1', '/?query=%FF', '/#', '/?#?', '/;', '/a;b=c'],
  ...['/__proto__', '/constructor', '/toString?__proto__=1', '/\u00e9', '/\t', '/ /', '\\', '/\\'],
  ...['/v1//', '/v1/http://a/', '/v1/../healthz', '/v1/%', '/assets/', '/assets/..%2f..%2f'],
  ...['/?a[b]=c&a[__proto__]=d', '/?query_id=%0d%0aX:%201', '/v1/members/%2F/%00?at=x'],
  `/${'a'.repeat(9_000)}`,
  `/?${'a=1&'.repeat(3_000)}`,
  `/${'../'.repeat(2_000)}`,
];

export const versions: readonly string[] = [
  ...['HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1', 'HTTP/1.10', 'http/1.1', 'RTSP/1.0', ''],
  ...['HTTP/1.1 ', 'HTTP/9.9', 'HTTP/1.1\0', 'HTTP'],
];

export const lineEnds: readonly string[] = ['\n', '\r', '\r\n\r\n', '\r\r\n', '\r\n '];

export const headers: readonly string[] = [
  ...['Host: localhost', 'Host:', 'Host: a\r\nHost: b', 'Host: [', 'Host: a/b', 'Host: \u00ff'],
  ...['Content-Length: 5', 'Content-Length: -1', 'Content-Length: 1e3', 'Content-Length: 0x10'],
  ...['Content-Length: 99999999999999999999', 'Content-Length: 5\r\nContent-Length: 6'],
  ...['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip'],
  ...['Transfer-Encoding: chunked, chunked', 'Transfer-Encoding: \x0bchunked'],
  ...['Content-Encoding: gzip', 'Content-Encoding: br', 'Content-Encoding: deflate'],
  ...['Content-Encoding: zstd', 'Content-Encoding: lz4', 'Content-Encoding: nonsense'],
  ...['Content-Type: application/json', 'Content-Type: Application/X-NDJSON'],
  ...['Content-Type: text/', 'Content-Type: application/json; charset=utf-16'],
  ...['Content-Type: ;;;', 'Content-Type: \u00ff/x', 'Content-Type: application/x-ndjson;charset'],
  ...['Content-Type: multipart/form-data; boundary=', 'Content-Type: multipart/form-data'],
  ...['Content-Type: multipart/form-data; boundary=a', 'Content-Type: text/csv'],
  ...['Expect: 100-continue', 'Expect: 200-ok', 'Upgrade: websocket\r\nConnection: Upgrade'],
  ...['Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQ'],
  ...['Connection: close', 'Connection: keep-alive', 'Connection: \u0080', 'Keep-Alive: timeout=0'],
  ...['Authorization: Basic %%%', 'Authorization: Bearer', 'Authorization: Basic Og=='],
  ...['Authorization: Digest x', 'Authorization: Bearer nobody', 'Accept: */*;q=nan'],
  ...['Accept: text/csv', 'Accept: application/x', 'Accept-Encoding: gzip;q=2, ,,;'],
  ...['Accept-Encoding: zstd, br, lz4, gzip', 'Range: bytes=9-1', 'Range: bytes=0-0,1-1'],
  ...['If-None-Match: "', 'If-None-Match: *', 'If-Modified-Since: yesterday', 'If-Match: *'],
  ...['Origin: null', 'Sec-Fetch-Site: cross-site', 'X-Forwarded-For: 127.0.0.1', 'Cookie: a'],
  ...['Forwarded: for=a', 'Via: 1.1 a', 'TE: trailers', 'Trailer: Content-Length'],
  ...['X-ClickHouse-User: default', 'X-ClickHouse-User: analyst', 'X-ClickHouse-Format: '],
  ...['X-ClickHouse-Database: \u00ff', 'X-ClickHouse-Format: Nonsense', 'X-ClickHouse-Key: a'],
  ...[': empty', ' folded: x', 'a b: c', 'no colon', 'X: a\0b', 'X : y', 'X: \x7f', '\u00e9: a'],
  `X: ${'y'.repeat(20_000)}`,
  `X: ${'y'.repeat(70_000)}`,
  ...Array.from({ length: 3 }, (_, at) => `X-Many-${at}: 1\r\n`.repeat(600).trimEnd()),
  'A: 1\r\n'.repeat(3_000).trimEnd(),
];

/** Bodies of `Transfer-Encoding: chunked`. */
export const chunks: readonly string[] = [
  ...['5\r\nhello\r\n0\r\n\r\n', '5\r\nhel', 'zz\r\nhello\r\n', '-1\r\n\r\n', '0\r\n\r\n', ''],
  ...['ffffffffffffffff\r\n', '5;x=y\r\nhello\r\n0\r\nTrailer: a\r\n\r\n', '5\nhello\n0\n\n'],
  ...['\r\n\r\n', '5\r\nhelloX0\r\n\r\n', '0x5\r\nhello\r\n0\r\n\r\n', '2\r\n{}\r\n0\r\n\r\nGET'],
  ...[`1;${'x'.repeat(20_000)}\r\na\r\n0\r\n\r\n`, '1\r\na\r\n'.repeat(2_000) + '0\r\n\r\n'],
];

export const bodies: readonly string[] = [
  ...['', '{', '[', '{"a":', 'null', '"', '[[[[', '{}{}', '\ufeff{}', '\0', ' ', '[]', '{}'],
  ...['{"__proto__":{"a":1}}', '{"constructor":{"prototype":{}}}', '{"a":1,"a":2}', '1e999'],
  ...['\n\n\n', '{}\n{}\n{', '\u00ff\u00fe', '\x1f\x8b\x08\x00\x00', '--a\r\n\r\n--a--\r\n'],
  ...['--a\r\nContent-Disposition: form-data; name="query"\r\n\r\nSELECT 1\r\n--a--\r\n', '--a'],
  ...['('.repeat(2_000), '['.repeat(20_000), `{"a":"${'x'.repeat(70_000)}"}`, '{}\n'.repeat(500)],
  `{${Array.from({ length: 500 }, (_, at) => `"f${at}":${at}`).join(',')}}`,
];

/** Values in place of a field's in JSON. */
export const values: readonly string[] = [
  ...['null', 'true', '-1', '0', '0.5', '1e999', '-0', '9007199254740993', '""', '"\\u0000"'],
  ...['"\\ud800"', '"__proto__"', '{}', '[]', '[[]]', '{"a":1}', '"2014-13-45"', '"1e9999"', "'"],
  ...[
    '"\u202e"',
    '";DROP"',
    '"9999-12-31T23:59:59Z"',
    `"${'x'.repeat(5_000)}"`,
    'undefined',
    'NaN',
  ],
];
