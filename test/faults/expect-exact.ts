import { expect } from 'vitest';
import { runVerify } from '../system/verify.ts';
import type { FaultySystem } from './faulty-system.ts';

/**
 * Recounts the system from its log alone: what consumers see in the topics, Redis and every relation of
 * ClickHouse must be equal to it.
 */
export async function expectExact({ portBase }: FaultySystem): Promise<void> {
  const { exitCode, output } = await runVerify({ portBase });
  expect(exitCode, output).toBe(0);
  expect(output).toContain('Everything is equal.');
}
