import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.ts';

export interface KeyLimits {
  /** Requests at work at once, of all keys together. */
  readonly inFlightMax: number;
  /** Of these, requests of one key, so that others find room. */
  readonly perKeyMax: number;
  /** Which requests are counted, such as those that hold a large body. */
  readonly isMeant: (request: FastifyRequest) => boolean;
}

/**
 * Answers 503 to requests beyond the limits. A request is at work until its answer is sent or given up. Comes after
 * `guard`: whoever has no key is refused before, and takes no place.
 */
export function limitKeys(app: FastifyInstance, limits: KeyLimits): void {
  const { inFlightMax, perKeyMax, isMeant } = limits;
  const byKey = new Map<string, number>();
  let all = 0;
  app.addHook('onRequest', (request, reply, done) => {
    const { role } = request;
    if (role === undefined || !isMeant(request)) {
      done();
      return;
    }
    const own = byKey.get(role) ?? 0;
    if (all >= inFlightMax || own >= perKeyMax) {
      done(tooManyAtWork());
      return;
    }
    all++;
    byKey.set(role, own + 1);
    reply.raw.once('close', () => {
      all--;
      byKey.set(role, (byKey.get(role) ?? 1) - 1);
    });
    done();
  });
}

export const tooManyAtWork = (): HttpProblem =>
  new HttpProblem(503, 'Too many requests are at work.');
