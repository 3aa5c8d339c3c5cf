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

it('measures accrual on a mixed month, and finds it exact', async () => {
  const size = ['--transactions', '6000', '--members', '400', '--port-base', '25960'];
  const line = await lineOf(['accrual', '--mixed', ...size]);
  expect(line).toMatch(
    /^\{"bench":"accrual","transactions":6000,"seconds":[\d.]+,"cpuSeconds":\{"worker":[\d.]+,/,
  );
  expect(JSON.parse(line)).toMatchObject({
    exact: true,
    differences: [],
    cpuSeconds: { redis: expect.any(Number) as number, kafka: expect.any(Number) as number },
    ceilings: { consume: { records: expect.any(Number) as number } },
  });
});

it('measures the gateway, and finds each transaction in the log once', async () => {
  const size = ['--transactions', '640', '--members', '100', '--port-base', '25980'];
  const line = await lineOf(['gateway', '--connections', '8', ...size]);
  expect(line).toMatch(
    /^\{"bench":"gateway","transactions":640,"seconds":[\d.]+,"cpuSeconds":\{"worker":[\d.]+,/,
  );
  expect(JSON.parse(line)).toMatchObject({
    exact: true,
    differences: [],
    cpuSeconds: { redis: expect.any(Number) as number, load: expect.any(Number) as number },
    latencyMs: { request: { p99: expect.any(Number) as number } },
  });
});
