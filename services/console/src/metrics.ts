import { requestSeconds } from '@semarak/infra/http-server';
import { createMetrics } from '@semarak/infra/observability';

/** What a console counts, beside what every service does. */
export function createConsoleMetrics() {
  const common = createMetrics({ service: 'console' });
  return { ...common, requests: requestSeconds(common.registry) };
}

export type ConsoleMetrics = ReturnType<typeof createConsoleMetrics>;
