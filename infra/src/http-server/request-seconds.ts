import { Histogram, type Registry } from 'prom-client';

/** How long requests take, for createHttpApp. */
export const requestSeconds = (registry: Registry) =>
  new Histogram({
    name: 'semarak_http_request_seconds',
    help: 'Time from a request’s headers to the end of its answer',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
