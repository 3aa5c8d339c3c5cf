import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  HttpProblem,
  parseJson,
  type BodyLimit,
  type ParsedJson,
} from '@semarak/infra/http-server';
import { isReadable, isWideText, mediaTypeOf } from './media-type.ts';

export interface BodyLimits {
  readonly jsonBytesMax: number;
  readonly ndjsonBytesMax: number;
  readonly ndjsonLinesMax: number;
}

/** The lines of an NDJSON body, blank ones left out. */
export class NdjsonBody {
  readonly lines: readonly string[];
  constructor(lines: readonly string[]) {
    this.lines = lines;
  }
}

export const isNdjson = ({ headers }: FastifyRequest): boolean => {
  const type = headers['content-type'];
  return type !== 'application/json' && mediaTypeOf(type)?.name === 'application/x-ndjson';
};

/** How large the body of a request may be, by what it says it is. */
export const bodyLimitOf = (request: FastifyRequest, limits: BodyLimits): BodyLimit =>
  isNdjson(request)
    ? { bytesMax: limits.ndjsonBytesMax, setting: 'NDJSON_BODY_BYTES_MAX' }
    : { bytesMax: limits.jsonBytesMax, setting: 'JSON_BODY_BYTES_MAX' };

/**
 * Takes application/json as a parsed value and application/x-ndjson as an NdjsonBody; anything else
 * is answered 415, a larger body 413, text that is no JSON 400.
 */
export function acceptBodies(app: FastifyInstance, limits: BodyLimits): void {
  app.removeAllContentTypeParsers();
  app.addHook('preParsing', (request, _reply, _payload, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    const charset = mediaTypeOf(request.headers['content-type'])?.charset;
    if (encoding !== 'identity')
      done(new HttpProblem(415, `A body encoded as ${encoding} cannot be read; send it as it is.`));
    else if (!isReadable(charset))
      done(new HttpProblem(415, `A body in the charset ${charset} cannot be read; send UTF-8.`));
    else done();
  });
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: limits.jsonBytesMax },
    (_request, body: Buffer, done) => {
      if (isWideText(body)) {
        done(wideText());
        return;
      }
      const line = parseLine(body.toString());
      if (line.type === 'value') done(null, line.value);
      else done(new HttpProblem(400, `The body ${line.message}.`));
    },
  );
  app.addContentTypeParser(
    'application/x-ndjson',
    { parseAs: 'buffer', bodyLimit: limits.ndjsonBytesMax },
    (_request, body: Buffer, done) => {
      if (isWideText(body)) {
        done(wideText());
        return;
      }
      const lines = body.toString().split('\n').filter(isNotBlank);
      if (lines.length > limits.ndjsonLinesMax)
        done(
          new HttpProblem(
            413,
            `The body has more than ${limits.ndjsonLinesMax} lines (NDJSON_LINES_MAX).`,
          ),
        );
      else done(null, new NdjsonBody(lines));
    },
  );
}

const wideText = (): HttpProblem =>
  new HttpProblem(415, 'The body is in UTF-16 or UTF-32, which cannot be read; send UTF-8.');

/** A line of JSON begins with a brace, so that nearly none has to be trimmed to tell. */
const isNotBlank = (line: string): boolean => line.startsWith('{') || line.trim() !== '';

/** What a file in UTF-8 may begin with; of files put together it stands within. */
const byteOrderMark = '\uFEFF';

/** A byte-order mark is taken away. Bytes that are no UTF-8 were read as U+FFFD; such a line is not taken. */
export function parseLine(line: string): ParsedJson {
  if (line.includes('\uFFFD')) return { type: 'unreadable', message: 'is not UTF-8' };
  return parseJson(line.startsWith(byteOrderMark) ? line.slice(1) : line);
}
