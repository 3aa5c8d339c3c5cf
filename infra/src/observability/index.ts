export { createLog, type Log } from './log.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { serveObservability, type Health, type ObservabilityServer } from './server.ts';
