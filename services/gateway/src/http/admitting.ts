import type { FastifyRequest } from 'fastify';
import type { AdmissionContext } from '../admission/transaction.ts';
import type { Programmes } from '../programmes/programmes.ts';
import { HttpProblem } from '@semarak/infra/http-server';

/**
 * What the request’s items are judged against. Throws 503 while no programme is known: then nothing
 * can be judged, and nothing is anybody’s fault.
 */
export function admissionOf(
  request: FastifyRequest,
  programmes: Pick<Programmes, 'known' | 'rulesOf'>,
): AdmissionContext {
  if (!programmes.known) throw new HttpProblem(503, 'No programme is published yet.');
  return {
    rulesOf: (programme) => programmes.rulesOf(programme),
    receivedAt: request.role === 'import' ? 'may_be_set' : 'is_now',
    now: Date.now(),
  };
}
