import { STATUS_CODES } from 'node:http';

/** What is said of an error, after RFC 9457. */
export interface Problem {
  readonly status: number;
  readonly detail: string;
}

/** No answer of the reports service, with the status that says why: 502, 503 or 504. */
class ReportsUnreachable extends Error {
  readonly statusCode: number;

  constructor(statusCode: 502 | 503 | 504, detail: string, cause: unknown) {
    super(detail, { cause });
    this.statusCode = statusCode;
  }
}

const refusals = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** What a failed forwarding means: nobody there (503), too slow (504), or cut off (502). */
export function unreachable(error: Error): Error {
  const codes = codesOf(error);
  if (codes.some((code) => code.includes('TIMEOUT')))
    return new ReportsUnreachable(504, 'The reports service did not answer in time.', error);
  if (codes.some((code) => refusals.includes(code) || code.includes('SERVICE_UNAVAILABLE')))
    return new ReportsUnreachable(503, 'The reports service does not run now.', error);
  return new ReportsUnreachable(502, 'The reports service broke off its answer.', error);
}

/** The error's code and those of its causes. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const code = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  return [...code, ...codesOf(error.cause)];
}

export function problemOf(error: unknown): Problem {
  if (!(error instanceof Error)) return { status: 500, detail: 'Something is wrong.' };
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 413) return { status, detail: 'The body is larger than the limit.' };
  if (status >= 400 && status !== 500 && status < 600) return { status, detail: error.message };
  return { status: 500, detail: 'Something is wrong with the console.' };
}

/** application/problem+json. */
export const textOf = ({ status, detail }: Problem): string =>
  JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail });
