import type { FastifyInstance } from 'fastify';
import { METHODS } from 'node:http';
import { HttpProblem } from './problem.ts';

/** A CONNECT reaches no route. */
const methods = METHODS.filter((method) => method !== 'CONNECT');

/** Not for the OpenAPI document of an app that has one. */
export const hidden: object = { hide: true };

/**
 * Answers a method that a path does not take with 405 and Allow, RFC 9110 15.5.6, before keys and bodies are looked at. Is
 * told before the first route; what it gives back is called after the last one.
 */
export function otherMethods(app: FastifyInstance): () => void {
  const taken = new Map<string, Set<string>>();
  let isClosed = false;
  app.addHook('onRoute', ({ url, method }) => {
    if (isClosed) return;
    const known = taken.get(url) ?? new Set();
    for (const one of [method].flat()) known.add(one);
    if (known.has('GET')) known.add('HEAD');
    taken.set(url, known);
  });
  return () => {
    isClosed = true;
    for (const method of methods)
      if (!app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: false });
    for (const [url, known] of taken) {
      const allow = [...known].sort().join(', ');
      app.route({
        url,
        method: methods.filter((method) => !known.has(method)),
        schema: hidden,
        onRequest: (request, reply, done) => {
          void reply.header('allow', allow);
          done(new HttpProblem(405, `${request.method} is not allowed here; ${allow} are.`));
        },
        handler: () => undefined,
      });
    }
  };
}
