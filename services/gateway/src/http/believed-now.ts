import { HttpProblem } from '@semarak/infra/http-server';

export interface BelievedClock {
  /** A sentence while the machine's clock is not believed. */
  problem(): string | undefined;
}

/** Epoch milliseconds for the log. Throws 503 while the clock is not believed: what it says would stay. */
export function believedNow(clock: BelievedClock): number {
  const problem = clock.problem();
  if (problem !== undefined) throw new HttpProblem(503, problem);
  return Date.now();
}
