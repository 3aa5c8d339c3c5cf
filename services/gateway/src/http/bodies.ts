import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  HttpProblem,
  parseJson,
  type BodyLimit,
  type ParsedJson,
} from '@semarak/infra/http-server';

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

export const isNdjson = ({ headers }: FastifyRequest): boolean =>
  headers['content-type']?.startsWith('application/x-ndjson') ?? false;

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
    if (encoding === 'identity') done();
    else done(new HttpProblem(415, `A body encoded as ${encoding} cannot be read.`));
  });
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: limits.jsonBytesMax },
    (_request, body: Buffer, done) => {
      const line = parseLine(body.toString());
      if (line.type === 'value') done(null, line.value);
      else done(new HttpProblem(400, `The body ${line.message}.`));
    },
  );
  app.addContentTypeParser(
    'application/x-ndjson',
    { parseAs: 'buffer', bodyLimit: limits.ndjsonBytesMax },
    (_request, body: Buffer, done) => {
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

/** A line of JSON begins with a brace, so that nearly none has to be trimmed to tell. */
const isNotBlank = (line: string): boolean => line.startsWith('{') || line.trim() !== '';

/** Bytes that are no UTF-8 were read as U+FFFD; such a line is not taken. */
export const parseLine = (line: string): ParsedJson =>
  line.includes('\uFFFD') ? { type: 'unreadable', message: 'is not UTF-8' } : parseJson(line);
