import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSimulator, type SimulatorRun } from '../system/simulator.ts';
import { startSystem, type System } from '../system/system.ts';
import { until } from '../system/until.ts';

const portBase = 24_100;
const transactions = 30_000;
const services = ['gateway', 'accrual', 'rewards', 'projector', 'calendar'] as const;

describe('each service stopped with SIGTERM under load', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ portBase });
  });
  afterAll(async () => {
    await system.close();
  });

  it('loses nothing and starts again where it was', async () => {
    const load = runSimulator(system, ['load', '--transactions', String(transactions)]);
    const accepted = async () => {
      const [row] = await system.rows<{ n: string }>('SELECT count() AS n FROM transactions');
      return Number(row?.n ?? 0);
    };
    for (const [index, service] of services.entries()) {
      const share = ((index + 1) * transactions) / (services.length + 3);
      await until(`${share} transactions are visible`, 120_000, async () => {
        failIfEnded(load);
        return (await accepted()) >= share;
      });
      await stopAndAwaitSuccessor(system, service);
    }
    const { exitCode, output } = await load.ended;
    expect(output).toContain('recount');
    expect(exitCode, output).toBe(0);
  });
});

/** SIGTERM, then the launcher starts another process of the service. */
async function stopAndAwaitSuccessor(system: System, service: string): Promise<void> {
  const before = system.pid(service);
  process.kill(before, 'SIGTERM');
  await until(`${service} has a successor`, 60_000, () => {
    try {
      const now = system.pid(service);
      return now !== before && now > 0;
    } catch {
      return false;
    }
  });
}

function failIfEnded(load: SimulatorRun): void {
  const early = load.endedEarly();
  if (early !== undefined) throw new Error(`the load ended before its time:\n${early}`);
}
