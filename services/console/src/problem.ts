import { HttpProblem, problemOfFastify } from '@semarak/infra/http-server';

const refusals = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** What a failed forwarding means: nobody there (503), too slow (504), or cut off (502). */
export function unreachable(error: Error): HttpProblem {
  const codes = codesOf(error);
  if (codes.some((code) => code.includes('TIMEOUT')))
    return new HttpProblem(504, 'The reports service did not answer in time.', { cause: error });
  if (codes.some((code) => refusals.includes(code) || code.includes('SERVICE_UNAVAILABLE')))
    return new HttpProblem(503, 'The reports service does not run now.', { cause: error });
  return new HttpProblem(502, 'The reports service broke off its answer.', { cause: error });
}

/** The error's code and those of its causes. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const code = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  return [...code, ...codesOf(error.cause)];
}

/** The status of an answer and what it says of an error, whatever threw it. */
export function problemOf(error: unknown, bodyBytesMax: number): HttpProblem {
  if (error instanceof HttpProblem) return error;
  return problemOfFastify(error, {
    service: 'console',
    mediaTypes: 'application/json or text/plain',
    bodyLimit: { bytesMax: bodyBytesMax, setting: 'BODY_BYTES_MAX' },
  });
}
