import type { FastifyInstance } from 'fastify';
import { Histogram, type Registry } from 'prom-client';

type RequestSeconds = Histogram<'method' | 'route' | 'status'>;

/** How long requests take, for measureRequests. */
export const requestSeconds = (registry: Registry): RequestSeconds =>
  new Histogram({
    name: 'semarak_http_request_seconds',
    help: 'Time from a request’s headers to the end of its answer',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });

/** Measures every answer of a server by its method, route and status. */
export function measureRequests(app: FastifyInstance, requests: RequestSeconds): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    requests.observe(labels, reply.elapsedTime / 1000);
    done();
  });
}
