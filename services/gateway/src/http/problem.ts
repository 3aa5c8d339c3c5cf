import { HttpProblem, problemOfFastify, type BodyLimit } from '@semarak/infra/http-server';
import { LogUnavailable } from '@semarak/infra/kafka';
import { StoreUnavailable } from '@semarak/infra/state-store';
import { DuplicatesUnavailable } from '../duplicates/duplicates.ts';

/** The status of an answer and what it says of an error, whatever threw it; `bodyLimit` is that of its request. */
export function problemOf(error: unknown, bodyLimit: BodyLimit): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof LogUnavailable)
    return new HttpProblem(503, 'Kafka does not take records now; sending again is safe.');
  if (error instanceof DuplicatesUnavailable)
    return new HttpProblem(503, 'Redis does not tell duplicates now; sending again is safe.');
  if (error instanceof StoreUnavailable)
    return new HttpProblem(503, 'Redis does not tell now what members hold.');
  return problemOfFastify(error, {
    service: 'gateway',
    mediaTypes: 'application/json or application/x-ndjson',
    bodyLimit,
  });
}
