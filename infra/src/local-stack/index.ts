export {
  checkoutRoot,
  ensureServers,
  InstallError,
  onPath,
} from '../../src/local-stack/install.mjs';
export { ownerKeyOf, portBaseOf } from './data-folder.ts';
export { localStackLimits } from './limits.ts';
export {
  LocalStack,
  serverSpecs,
  stackUrls,
  startLocalStack,
  type LocalStackOptions,
  type StackUrls,
} from './local-stack.ts';
export {
  describeExit,
  ManagedProcess,
  ProcessFailure,
  readPid,
  type ProcessExit,
  type ProcessSpec,
} from './managed-process.ts';
export { answersHttp, NotReady, probeHttp } from './http-probe.ts';
export type { StartLimits } from './start-watch.ts';
export type { KafkaFlush } from './server-context.ts';
export { stopLeftovers } from './leftovers.ts';
export { belongsToStack, isAlive, startTicks } from './process-owner.ts';
export { serverNames, serverPorts, type ServerName, type ServerPorts } from './ports.ts';
