import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGuardedServer, type ServerLimits } from '../http-server/guarded-server.ts';
import { HttpProblem, refusalProblem, textOf } from '../http-server/problem.ts';
import { partsOf } from '../http-server/target.ts';
import type { Metrics } from './metrics.ts';

/** `problems` is empty when the service does its work; each entry is a sentence for an operator. */
export interface Health {
  readonly problems: readonly string[];
}

export interface ObservabilityServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Whoever asks here is a scraper or a person: few, and short. */
const limits: ServerLimits = {
  connectionsMax: 256,
  unidentifiedConnectionsMax: 256,
  headersReceiveMsMax: 5_000,
  requestReceiveMsMax: 10_000,
  answerStallMsMax: 10_000,
  answerSendMsMax: 30_000,
  keepAliveMs: 72_000,
};

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Serves `/metrics` in Prometheus' text format, `/healthz`, which is 200 without problems, else 503, with
 * the problems as JSON, and `/livez`, which is 200 while the process answers at all. Another path is 404, another
 * method 405.
 */
export async function serveObservability(options: {
  port: number;
  host: string;
  metrics: Metrics;
  health: () => Health | Promise<Health>;
}): Promise<ObservabilityServer> {
  const { registry } = options.metrics;
  const pages: Readonly<Record<string, (() => Promise<Page>) | undefined>> = {
    '/metrics': async () => ({
      status: 200,
      type: registry.contentType,
      body: await registry.metrics(),
    }),
    '/healthz': async () => {
      const { problems } = await healthOf(options.health);
      const status = problems.length === 0 ? 200 : 503;
      return { status, type: 'application/json', body: JSON.stringify({ problems }) };
    },
    '/livez': () => Promise.resolve({ status: 200, type: 'application/json', body: '{}' }),
  };
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { path } = partsOf(request.url ?? '/');
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    const { status, type, body } = await answerTo(request.method, page);
    if (status === 405) response.setHeader('allow', 'GET, HEAD');
    response.writeHead(status, { 'content-type': type }).end(body);
  };
  const server = createGuardedServer({
    limits,
    handle,
    refuse: (refusal) => refusalProblem(refusal),
    onError: (error) => process.emitWarning(error instanceof Error ? error : String(error)),
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
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

const type = 'application/problem+json';

async function answerTo(
  method: string | undefined,
  page: (() => Promise<Page>) | undefined,
): Promise<Page> {
  if (page === undefined) {
    const nothing = new HttpProblem(404, 'Try /metrics, /healthz or /livez.');
    return { status: 404, type, body: textOf(nothing) };
  }
  if (method === 'GET' || method === 'HEAD') return page();
  return { status: 405, type, body: textOf(new HttpProblem(405, 'This can only be read.')) };
}

/** A health that cannot be told is none. */
async function healthOf(health: () => Health | Promise<Health>): Promise<Health> {
  try {
    return await health();
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
}
