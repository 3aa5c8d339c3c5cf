import { exception } from './exception.ts';

export interface Part {
  readonly name: string;
  /** Present for a part that was sent as a file, whatever it says. */
  readonly fileName: string | undefined;
  readonly bytes: Buffer;
}

const headBytesMax = 16 * 1024;

/** Undefined for another media type. @throws DatabaseException BAD_ARGUMENTS without a boundary. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (!/^\s*multipart\/form-data\s*(;|$)/i.test(contentType ?? '')) return undefined;
  const found = /;\s*boundary\s*=\s*(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType ?? '');
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) {
    throw exception('BAD_ARGUMENTS', 'multipart/form-data has no boundary in Content-Type.');
  }
  return boundary;
}

/**
 * The parts of a body of multipart/form-data, RFC 7578.
 *
 * @throws DatabaseException BAD_ARGUMENTS (36) for what is none.
 */
export function partsOf(options: { body: Buffer; boundary: string; partsMax: number }): Part[] {
  const { boundary, partsMax } = options;
  // The delimiter includes the line end before it; the first one may lie at the beginning.
  const body = Buffer.concat([Buffer.from('\r\n'), options.body]);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const parts: Part[] = [];
  let at = body.indexOf(delimiter);
  for (;;) {
    if (at === -1) throw malformed('it ends before its closing boundary');
    const from = at + delimiter.length;
    if (body.toString('latin1', from, from + 2) === '--') return parts;
    const begin = body.indexOf('\r\n', from);
    const end = body.indexOf(delimiter, from);
    if (begin === -1 || end === -1) throw malformed('it ends before its closing boundary');
    if (parts.length >= partsMax) throw malformed(`it has more than ${partsMax} parts`);
    // The empty line that ends the head may follow at once.
    parts.push(partOf(body.subarray(begin, end)));
    at = end;
  }
}

function partOf(bytes: Buffer): Part {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1 || headEnd > headBytesMax) throw malformed('a part has no head');
  const head = bytes.toString('utf8', 0, headEnd);
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(head)?.[1] ?? '';
  const name = parameter(disposition, 'name');
  if (name === undefined) throw malformed('a part has no name');
  return {
    name,
    fileName: parameter(disposition, 'filename'),
    bytes: bytes.subarray(headEnd + 4),
  };
}

function parameter(disposition: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|;)\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^\\s;"]+))`, 'i').exec(
    disposition,
  );
  return found?.[1] ?? found?.[2];
}

const malformed = (why: string): Error =>
  exception('BAD_ARGUMENTS', `The body is no multipart/form-data: ${why}.`);
