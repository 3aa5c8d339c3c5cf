import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManagedProcess, serverSpecs, type ProcessSpec } from '../local-stack/index.ts';
import { serverLocations } from '../../src/local-stack/install.mjs';

/** A server writes its archive at its end. */
const stopWithinMs = 180_000;

/**
 * Lets Kafka and the registry start once and write the classes that they have loaded as the JVM has them in memory
 * (https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html): with them a start takes half the time. Ends
 * with 0 when both archives are there.
 */
const dataDir = mkdtempSync(join(tmpdir(), 'semarak-classes-'));
try {
  const ports = {
    kafka: await freePort(),
    kafkaController: await freePort(),
    registry: await freePort(),
    // Neither is started.
    redis: 0,
    clickhouse: 0,
  };
  const specs = await serverSpecs({ dataDir, ports, keys: { analyst: '', owner: '' } });
  await Promise.all([
    archive(specs.kafka, serverLocations.kafkaClasses),
    archive(specs.registry, serverLocations.registryClasses),
  ]);
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}

async function archive(spec: ProcessSpec, path: string): Promise<void> {
  if (existsSync(path)) return;
  // Written under another name, so that what is found is whole.
  const partial = `${path}.partial-${process.pid}`;
  const args = [`-XX:ArchiveClassesAtExit=${partial}`, '-XX:TieredStopAtLevel=1', ...spec.args];
  const server = await ManagedProcess.spawn({ ...spec, args }, dataDir);
  try {
    await server.ready();
  } finally {
    await server.stop(stopWithinMs);
  }
  renameSync(partial, path);
}

/** A port that nothing listens on at this moment. */
async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  return port;
}
