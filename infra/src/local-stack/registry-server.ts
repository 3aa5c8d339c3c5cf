import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { classOptions } from './class-options.ts';
import { answersHttp, probeHttp } from './http-probe.ts';
import { serverLocations } from '../../src/local-stack/install.mjs';
import { localStackLimits } from './limits.ts';
import type { ProcessSpec } from './managed-process.ts';
import type { ServerContext } from './server-context.ts';

/**
 * The Apicurio registry with its Confluent-compatible interface, H2 data in DIR/registry. H2 delays
 * its writes unless told not to: a registration would be lost in a kill soon after it.
 */
export function registryServer(context: ServerContext): ProcessSpec {
  const dir = join(context.dataDir, 'registry');
  const port = context.ports.registry;
  return {
    name: 'registry',
    command: context.java,
    args: [
      ...classOptions(serverLocations.registryClasses),
      `-Xmx${localStackLimits.registryHeapMiB}m`,
      ...['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+ExitOnOutOfMemoryError'],
      `-Dquarkus.http.host=127.0.0.1`,
      `-Dquarkus.http.port=${port}`,
      `-Dquarkus.datasource.jdbc.url=jdbc:h2:file:${join(dir, 'registry')};WRITE_DELAY=0`,
      ...['-jar', join(serverLocations.registryDir, serverLocations.registryJar)],
    ],
    env: {},
    cwd: context.dataDir,
    output: 'log',
    prepare: async () => {
      await mkdir(dir, { recursive: true });
    },
    probe: (signal) => probeHttp(`http://127.0.0.1:${port}/apis/ccompat/v7/subjects`, signal),
    alive: (signal) => answersHttp(`http://127.0.0.1:${port}/apis/ccompat/v7/subjects`, signal),
  };
}
