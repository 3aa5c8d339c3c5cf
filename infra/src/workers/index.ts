export { runRebuild } from './rebuild-states.ts';
export { runUntilStopped, type Running } from './run-until-stopped.ts';
export { startStreamWorker, streamWorkerConfiguration } from './stream-worker.ts';
export { consumerGroupConfiguration, consumerGroupLimits } from './consumer-group-limits.ts';
export { workerClientId } from './worker-client-id.ts';
