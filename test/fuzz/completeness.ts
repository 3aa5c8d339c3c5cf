/** Why a server may wait for more after a message, or that there is nothing to wait for. */
export type Completeness =
  'complete' | 'head_without_end' | 'short_body' | 'chunks_without_end' | 'http2_preface';

const decimal = /^\d{1,15}$/;

/**
 * Whether a server has to answer what it has got. It has not while the head lacks its empty line, the
 * body an end that the head promises, RFC 9112 2.2, 6.2 and 7.1, or while the first half of HTTP/2's
 * preface is there alone, RFC 9113 3.4. Of everything else it can tell that
 * it is a whole request, or that it can never become one.
 */
export function completenessOf(message: Buffer): Completeness {
  // As latin1 a character is a byte.
  const text = message.toString('latin1').replace(/^[\r\n]+/, '');
  const end = /\r?\n\r?\n/.exec(text);
  if (end === null) return 'head_without_end';
  if (text.startsWith('PRI ')) return 'http2_preface';
  const body = text.slice(end.index + end[0].length);
  const [, ...lines] = text.slice(0, end.index).split(/\r?\n/);
  const fields = lines.map(fieldOf);
  const codings = fields.filter(({ name }) => name === 'transfer-encoding');
  if (codings.length > 0) return ofChunks(codings, body);
  const lengths = fields.filter(({ name }) => name === 'content-length');
  const length = lengths[0]?.value ?? '0';
  if (lengths.length > 1 || !decimal.test(length)) return 'complete';
  return body.length < Number(length) ? 'short_body' : 'complete';
}

interface Field {
  readonly name: string;
  readonly value: string;
}

function fieldOf(line: string): Field {
  const colon = line.indexOf(':');
  return {
    name: line.slice(0, Math.max(0, colon)).toLowerCase(),
    value: line.slice(colon + 1).trim(),
  };
}

function ofChunks(codings: readonly Field[], body: string): Completeness {
  const isChunked = codings.length === 1 && codings[0]?.value.toLowerCase() === 'chunked';
  if (!isChunked) return 'complete';
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf('\n', at);
    const line = body.slice(at, lineEnd === -1 ? undefined : lineEnd).replace(/\r$/, '');
    const [digits = ''] = /^[0-9a-f]*/i.exec(line) ?? [];
    const isSize = digits !== '' && /^$|^[ \t]*;/.test(line.slice(digits.length));
    if (lineEnd === -1) return line === '' || isSize ? 'chunks_without_end' : 'complete';
    if (!isSize) return 'complete';
    const size = Number.parseInt(digits, 16);
    const next = lineEnd + 1 + size;
    if (size === 0)
      return /^(?:[^\r\n]+\r?\n)*\r?\n/.test(body.slice(next)) ? 'complete' : 'chunks_without_end';
    if (body.length < next + 2) return 'chunks_without_end';
    if (body.slice(next, next + 2) !== '\r\n') return 'complete';
    at = next + 2;
  }
}
