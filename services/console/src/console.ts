import { closeWithin } from '@semarak/infra/http-server';
import { serveObservability, type Health, type Log } from '@semarak/infra/observability';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildApp } from './app.ts';
import type { Configuration } from './config.ts';
import { createConsoleMetrics } from './metrics.ts';

const pageDir = fileURLToPath(new URL('./page', import.meta.url));
const healthMsMax = 2_000;

export interface Console {
  /** Where it listens, such as `http://127.0.0.1:8081`. */
  readonly url: string;
  /** Finishes the requests at work. */
  close(): Promise<void>;
}

/** Serves the built page and forwards to the reports service. Throws when the page is not built. */
export async function startConsole(options: {
  configuration: Configuration;
  log: Log;
}): Promise<Console> {
  const { configuration: c, log } = options;
  if (!existsSync(join(pageDir, 'index.html')))
    throw new Error('The page is not built: run "npm run build".');
  const metrics = createConsoleMetrics();
  const health = () => reportsHealth(c.REPORTS_URL);
  const app = await buildApp({ configuration: c, pageDir, log, metrics, health });
  const listen = { port: c.METRICS_PORT, host: c.LISTEN_HOST };
  const observability = await serveObservability({ ...listen, metrics, health });
  const url = await app.listen({ port: c.HTTP_PORT, host: c.LISTEN_HOST });
  return {
    url,
    async close() {
      await closeWithin(app, c.SHUTDOWN_MS_MAX);
      await observability.close();
    },
  };
}

/** The console shows nothing when the reports service does not answer. */
async function reportsHealth(reportsUrl: string): Promise<Health> {
  const url = new URL('/healthz', reportsUrl);
  const answer = await fetch(url, { signal: AbortSignal.timeout(healthMsMax) }).catch(
    () => undefined,
  );
  await answer?.body?.cancel();
  if (answer === undefined) return { problems: ['The reports service does not answer.'] };
  return { problems: answer.ok ? [] : ['The reports service is not healthy.'] };
}
