import type { FastifyError, FastifyReply, FastifySchemaValidationError } from 'fastify';
import { z } from 'zod';
import type { Refusal, RefusalAnswer } from './guarded-server.ts';

/** What is wrong with one field of what was sent. */
export interface FieldProblem {
  /** Its path, such as `original.sequence`; `body` for the whole. */
  readonly field: string;
  /** Goes on where the field's name ends: `must be …`, `is required`. */
  readonly message: string;
}

/** Problems as one line of text. */
export const inWords = (problems: readonly FieldProblem[]): string =>
  problems.map(({ field, message }) => `${field} ${message}`).join('; ');

export const fieldProblemShape = z.object({
  field: z.string().describe('path of the field; `body` for the whole'),
  message: z.string(),
});

/** The one shape of every error answer, RFC 9457. */
const problemShape = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.array(fieldProblemShape).optional().describe('each bad field'),
  })
  .meta({ id: 'Problem', description: 'application/problem+json, RFC 9457' });
export type Problem = z.infer<typeof problemShape>;

const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
} as const;
export type ProblemStatus = keyof typeof titles;

/** An answer that says no; thrown by routes and hooks. */
export class HttpProblem extends Error {
  readonly status: ProblemStatus;
  readonly errors: readonly FieldProblem[] | undefined;
  /** Overrides the usual Retry-After, seconds. */
  readonly retryAfterS: number | undefined;

  constructor(
    status: ProblemStatus,
    detail: string,
    more: { errors?: readonly FieldProblem[]; retryAfterS?: number; cause?: unknown } = {},
  ) {
    super(detail, { cause: more.cause });
    this.status = status;
    this.errors = more.errors;
    this.retryAfterS = more.retryAfterS;
  }
}

/** How large a body may be. */
export interface BodyLimit {
  readonly bytesMax: number;
  /** The variable that sets it. */
  readonly setting: string;
}

/** What a service says of requests that no route of it saw. */
export interface RefusalWords {
  /** What the service is called, such as `gateway`. */
  readonly service: string;
  /** What a body may be. */
  readonly mediaTypes: string;
  readonly bodyLimit: BodyLimit;
}

/** The answer to what Fastify found wrong with a request before a route saw it; 500 for any other error. */
export function problemOfFastify(
  thrown: unknown,
  { service, mediaTypes, bodyLimit }: RefusalWords,
): HttpProblem {
  const error = thrown as Partial<FastifyError>;
  const { statusCode, code, message } = error;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new HttpProblem(
      413,
      `The body is larger than the limit of ${bodyLimit.bytesMax} bytes (${bodyLimit.setting}).`,
    );
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new HttpProblem(415, `The body must be ${mediaTypes}.`);
  if (code === 'FST_ERR_BAD_URL' || code === 'FST_ERR_MAX_PARAM_LENGTH') return nothingCanHaveIt();
  if (error.validation !== undefined) {
    if (error.validationContext === 'params') return nothingCanHaveIt();
    const errors = error.validation.flatMap(parameterProblems);
    return new HttpProblem(422, `${inWords(errors)}.`, { errors });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500 && statusCode in titles)
    return new HttpProblem(statusCode as ProblemStatus, message ?? 'The request cannot be read.');
  return new HttpProblem(500, `Something is wrong with the ${service}.`);
}

/** What a route's schema found wrong with the query; each parameter that it does not have is named. */
function parameterProblems(issue: FastifySchemaValidationError): FieldProblem[] {
  const { keyword, params, instancePath, message } = issue;
  if (keyword === 'unrecognized_keys' && Array.isArray(params['keys']))
    return params['keys'].map((key) => ({
      field: String(key),
      message: 'is not a parameter here',
    }));
  return [{ field: instancePath.slice(1) || 'query', message: message ?? 'is wrong' }];
}

const nothingCanHaveIt = (): HttpProblem =>
  new HttpProblem(404, 'The path holds no id that anything can have.');

export const sendProblem = (reply: FastifyReply, problem: HttpProblem): FastifyReply =>
  reply.code(problem.status).type('application/problem+json').send(textOf(problem));

/** The body of the answer, as text, so that no response schema of a route is applied to it. */
export function textOf(problem: HttpProblem): string {
  const body: Problem = {
    type: 'about:blank',
    title: titles[problem.status],
    status: problem.status,
    detail: problem.message,
    ...(problem.errors === undefined ? {} : { errors: [...problem.errors] }),
  };
  return JSON.stringify(body);
}

/** How a server whose errors are problems refuses what no route of it sees. */
export const refusalProblem = (
  { status, detail }: Refusal,
  headers: Readonly<Record<string, string>> = {},
): RefusalAnswer => ({
  headers: { ...headers, 'content-type': 'application/problem+json' },
  body: textOf(new HttpProblem(status, detail)),
});

/** Response schemas of error answers, for the OpenAPI document. */
export const problemResponses = (...statuses: ProblemStatus[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: titles[status],
        content: { 'application/problem+json': { schema: problemShape } },
      },
    ]),
  );
