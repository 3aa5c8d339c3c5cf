import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Metrics } from './metrics.ts';

/** `problems` is empty when the service does its work; each entry is a sentence for an operator. */
export interface Health {
  readonly problems: readonly string[];
}

export interface ObservabilityServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` in Prometheus' text format and `/healthz`: 200 without problems, else 503, with
 * the problems as JSON. Anything else is 404.
 */
export async function serveObservability(options: {
  port: number;
  host: string;
  metrics: Metrics;
  health: () => Health | Promise<Health>;
}): Promise<ObservabilityServer> {
  const answer = async (path: string): Promise<{ status: number; type: string; body: string }> => {
    if (path === '/metrics') {
      const { registry } = options.metrics;
      return { status: 200, type: registry.contentType, body: await registry.metrics() };
    }
    if (path === '/healthz') {
      const { problems } = await options.health();
      const status = problems.length === 0 ? 200 : 503;
      return { status, type: 'application/json', body: JSON.stringify({ problems }) };
    }
    return { status: 404, type: 'text/plain', body: 'Try /metrics or /healthz.\n' };
  };
  const server = createServer((request, response) => {
    answer(request.url?.split('?')[0] ?? '').then(
      ({ status, type, body }) => {
        response.writeHead(status, { 'content-type': type }).end(body);
      },
      (error: unknown) => {
        response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
