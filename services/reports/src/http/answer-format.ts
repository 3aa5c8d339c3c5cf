import { HttpProblem } from '@semarak/infra/http-server';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Format } from '../answers/report-answers.ts';

const types = { 'application/json': 'json', 'text/csv': 'csv' } as const satisfies Record<
  string,
  Format
>;

/** Whether CSV comes as ClickHouse writes it, for programs. */
export const rawShape = z
  .enum(['true', 'false'])
  .describe(
    'CSV for programs: without the mark of UTF-8, and with text that begins with = + - @ or a control character ' +
      'as it is. Else it has an apostrophe before it, so that no spreadsheet takes it for a formula',
  );

/**
 * What the caller wants to read, by `format=` or else by the header Accept with its weights; JSON when both
 * are equally welcome. Throws HttpProblem 406 when neither is.
 */
export function formatOf(request: FastifyRequest, asked: Format | undefined): Format {
  if (asked !== undefined) return asked;
  const accept = request.headers.accept ?? '*/*';
  const [best] = Object.entries(types)
    .map(([type, format]) => ({ format, weight: weightOf(type, accept) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  if (best !== undefined) return best.format;
  throw new HttpProblem(406, 'Answers are application/json or text/csv.');
}

/** RFC 9110 12.5.1: the most specific range that fits decides. */
function weightOf(type: string, accept: string): number {
  const ranges = accept.split(',').map((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = q === undefined ? 1 : Number(q.slice(2));
    return { name, weight: Number.isFinite(weight) ? weight : 0 };
  });
  const [major = ''] = type.split('/');
  for (const candidate of [type, `${major}/*`, '*/*']) {
    const found = ranges.find(({ name }) => name === candidate);
    if (found !== undefined) return found.weight;
  }
  return 0;
}
