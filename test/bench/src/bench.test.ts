import { expect, it } from 'vitest';
import { runBench } from './run.ts';

const surroundings = { workingDir: '.', say: () => undefined };

/** Runs a bench as small as it can be; its one line of JSON. */
async function lineOf(args: readonly string[]): Promise<string> {
  const { exitCode, lines } = await runBench([...args, '--json'], surroundings);
  expect(lines).toHaveLength(1);
  expect(exitCode, lines[0]).toBe(0);
  return lines[0] ?? '';
}

const month = ['--transactions', '6000', '--members', '400', '--mixed'];
const aNumber = expect.any(Number) as number;

it.each([
  {
    bench: 'accrual',
    options: month,
    says: { ceilings: { consume: { records: aNumber }, 'consume and produce': {} } },
    cpuSeconds: { redis: aNumber, kafka: aNumber },
  },
  {
    bench: 'projector',
    options: month,
    says: { counted: { what: 'records' }, ceilings: { consume: {}, insert: { records: aNumber } } },
    cpuSeconds: { clickhouse: aNumber, kafka: aNumber },
  },
  {
    bench: 'rewards',
    options: ['--transactions', '6000', '--members', '100', '--mixed', '--no-ceilings'],
    says: { counted: { what: 'records' } },
    cpuSeconds: { worker: aNumber, redis: aNumber },
  },
  {
    bench: 'gateway',
    options: ['--transactions', '640', '--members', '100', '--connections', '8'],
    says: { latencyMs: { request: { p99: aNumber } } },
    cpuSeconds: { redis: aNumber, load: aNumber },
  },
  {
    bench: 'pipeline',
    options: ['--transactions', '4000', '--members', '400', '--steady', '1', '--no-ceilings'],
    says: { latencyMs: { steadyAcceptedToVisible: { p99: aNumber } } },
    cpuSeconds: { gateway: aNumber, projector: aNumber },
  },
  {
    bench: 'recovery',
    options: [...month, '--no-ceilings'],
    says: { counted: { what: 'records' } },
    cpuSeconds: { worker: aNumber, redis: aNumber },
  },
])('measures $bench, and finds it exact', async ({ bench, options, says, cpuSeconds }) => {
  const line = await lineOf([bench, ...options, '--port-base', '25960']);
  const [, transactions] = options;
  expect(line).toMatch(
    new RegExp(
      `^\\{"bench":"${bench}","transactions":${transactions},"seconds":[\\d.]+,"cpuSeconds":\\{`,
    ),
  );
  expect(JSON.parse(line)).toMatchObject({ exact: true, differences: [], cpuSeconds, ...says });
});
