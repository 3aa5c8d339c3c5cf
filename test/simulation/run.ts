import { faultsOf } from './invariants.ts';
import type { Rule } from './rules.ts';
import { Simulation } from './simulation.ts';

export interface Outcome {
  /** Sentences; empty: the run was exact. */
  readonly faults: readonly string[];
  /** Of all that happened, in order. */
  readonly hash: string;
  readonly turns: number;
  /** One line a turn, when asked for. */
  readonly schedule: readonly string[];
}

/** Runs the schedule of a seed, with the whole protocol or without one rule. */
export async function simulate(options: {
  readonly seed: number;
  readonly without?: Rule;
  readonly weather?: 'rough' | 'fair';
  readonly schedule?: 'kept';
}): Promise<Outcome> {
  const { seed, without, weather } = options;
  const schedule: string[] = [];
  const simulation = new Simulation({
    seed,
    without,
    weather,
    ...(options.schedule === 'kept' && { schedule }),
  });
  const faults: string[] = [];
  try {
    await simulation.run();
    faults.push(...(await faultsOf(simulation)));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    faults.push(error.message);
  }
  const { hash, turns } = simulation.scheduler;
  return { faults, hash, turns, schedule };
}
