import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSimulator } from '../system/simulator.ts';
import { startSystem, type System } from '../system/system.ts';

const portBase = 21_400;
const equal = 'Everything equals the recount';

describe('the demonstration', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ portBase });
  });
  afterAll(async () => {
    await system.close();
  });

  it('shows a day of 20,000 sales that equals the recount', async () => {
    const { exitCode, output } = await runSimulator(system, ['demo']).ended;
    expect(exitCode, output).toBe(0);
    expect(output).toContain(equal);
    for (const figure of ['Members by tier', 'Points of all members', 'Gifts', 'Parking'])
      expect(output).toMatch(new RegExp(`^${figure}.* ok$`, 'm'));
    expect(output.match(/^Report \d.* ok$/gm)).toHaveLength(6);
    expect(output).not.toContain('\u001b');
  });

  it('is the same a second time, when all of it is known', async () => {
    const { exitCode, output } = await runSimulator(system, ['demo']).ended;
    expect(exitCode, output).toBe(0);
    expect(output).toMatch(/transactions 0 were accepted, \d+ duplicates/);
    expect(output).toContain(equal);
  });

  it('takes many transactions beside it, and numbers run from 1 without a gap', async () => {
    const args = ['load', '--transactions', '15000', '--seed', '99'];
    const { exitCode, output } = await runSimulator(system, args).ended;
    expect(exitCode, output).toBe(0);
    expect(output).toContain(equal);
    const tickets = await system.rows<{ number: number | string }>(
      "SELECT number FROM draw_tickets WHERE programme = 'pacific-place' ORDER BY number",
    );
    expect(tickets.length).toBeGreaterThan(1_500);
    expect(tickets.map(({ number }) => Number(number))).toEqual(tickets.map((_, at) => at + 1));
  });

  it('says so when the figures are not those of its records', async () => {
    // The same seed with fewer sales: other records under the same ids.
    const args = ['demo', '--transactions', '200'];
    const { exitCode, output } = await runSimulator(system, args).ended;
    expect(exitCode).toBe(1);
    expect(output).toContain('answers were not expected');
    expect(output).toContain('show differences');
  });
});
