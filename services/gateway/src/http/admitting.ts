import type { FastifyRequest } from 'fastify';
import type { TimeLimits } from '../admission/time-bounds.ts';
import type { AdmissionContext } from '../admission/transaction.ts';
import type { Programmes } from '../programmes/programmes.ts';
import type { LineWork } from './lines.ts';
import { believedNow, type BelievedClock } from './believed-now.ts';
import { HttpProblem } from '@semarak/infra/http-server';

export interface AdmittingParts {
  readonly programmes: Pick<Programmes, 'known' | 'rulesOf'>;
  readonly times: TimeLimits;
  /** Problems that are told of one item. */
  readonly problemsMax: number;
  readonly lines: LineWork;
  readonly believedClock: BelievedClock;
}

/**
 * What the request’s items are judged against. Throws 503 while no programme is known: then nothing
 * can be judged, and nothing is anybody’s fault; and while the machine’s clock is not believed.
 */
export function admissionOf(
  request: FastifyRequest,
  { programmes, times, believedClock, problemsMax }: Omit<AdmittingParts, 'lines'>,
): AdmissionContext {
  if (!programmes.known) throw new HttpProblem(503, 'No programme is published yet.');
  return {
    rulesOf: (programme) => programmes.rulesOf(programme),
    receivedAt: request.role === 'import' ? 'may_be_set' : 'is_now',
    now: believedNow(believedClock),
    times,
    problemsMax,
  };
}
