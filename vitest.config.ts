import { defineConfig } from 'vitest/config';

const costs = 'services/*/src/**/*.cost.test.ts';

/**
 * Projects by what they need: `unit` needs nothing, `costs` a core beside which nothing else runs,
 * `simulation` a few seconds of one core,
 * `servers` the real Kafka, registry, Redis and ClickHouse on ports of its own.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{schemas,infra,services/*}/src/**/*.test.ts',
            'services/console/page/src/**/*.test.ts',
            'test/deployment/*.test.ts',
          ],
          exclude: [costs],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'costs',
          include: [costs],
          testTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/*.test.ts'],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'servers',
          include: ['test/{bench,contract,golden,e2e,faults,fuzz}/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          // Servers that live for a minute are not worth what the JVM’s second compiler takes: 7 %.
          env: { JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1' },
        },
      },
    ],
  },
});
