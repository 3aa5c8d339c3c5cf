import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * What Kafka knows a worker's process by. A port has one listener at a time, so at any moment one
 * process of a host has the id, and the one that is started in a killed one's place has it again. On
 * a port of the system's choice nobody has it twice.
 */
export const workerClientId = (of: { worker: string; metricsPort: number }): string =>
  `${of.worker}@${hostname()}:${of.metricsPort === 0 ? randomUUID() : of.metricsPort}`;
