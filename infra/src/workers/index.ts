export { runRebuild } from './rebuild-states.ts';
export { rederive, type Derivation, type Deriving, type Mode } from './rederive.ts';
export { runReplayProgram } from './replay-program.ts';
export type { Codec, Replayed } from './replay.ts';
export { runUntilStopped, type Running } from './run-until-stopped.ts';
export { startStreamWorker, streamWorkerConfiguration } from './stream-worker.ts';
export { consumerGroupConfiguration, consumerGroupLimits } from './consumer-group-limits.ts';
export { workerClientId } from './worker-client-id.ts';
