import { consumerGroups } from '@semarak/schemas';
import type { Offsets, Round } from './round.ts';

/** Ends of the log at one moment, and how far the pipeline has come with what lay before them. */
interface Sample {
  readonly at: number;
  readonly source: Offsets;
  /** Ends of what accrual wrote, once it had taken in all of `source`. */
  derived: Offsets | undefined;
  /** Ends of what rewards wrote, once it had taken in all of `derived`. */
  rewards: Offsets | undefined;
}

/**
 * Tells up to which moment the numbers are complete. A moment is certain once the pipeline has passed the
 * ends of the log that were read after it: accrual those of `transactions`; rewards the end that
 * `entitlements` then had; the projector both sources, the end that `loyalty-events` then had, and the end
 * that `reward-events` had after rewards.
 */
export class Samples {
  readonly #limits: { readonly everyMs: number; readonly samplesMax: number };
  #samples: Sample[] = [];
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(limits: { readonly everyMs: number; readonly samplesMax: number }) {
    this.#limits = limits;
  }

  /**
   * The newest certain moment, epoch milliseconds; undefined when there is none yet. `projected`: how far
   * the database that everybody reads has come, as of this round.
   */
  observe(round: Round, projected: Offsets): number | undefined {
    const fresh: Sample = {
      at: round.at,
      source: round.sourceEnds,
      derived: undefined,
      rewards: undefined,
    };
    const samples = [...this.#samples, fresh];
    for (const sample of samples) advance(sample, round);
    const newest = samples.findLastIndex((sample) => isProjected(sample, projected));
    // What is older than the newest certain moment says nothing more.
    const kept = samples.slice(Math.max(newest, 0), -1);
    if (newest === samples.length - 1 || round.at - this.#lastAt >= this.#limits.everyMs) {
      kept.push(fresh);
      this.#lastAt = round.at;
    }
    this.#samples = this.#thinned(kept);
    return samples[newest]?.at;
  }

  /** Every second one goes, the first stays: it is the certain one or will be the first to be. */
  #thinned(samples: Sample[]): Sample[] {
    if (samples.length <= this.#limits.samplesMax) return samples;
    return samples.filter((_, index) => index % 2 === 0);
  }
}

function advance(sample: Sample, round: Round): void {
  if (
    sample.derived === undefined &&
    hasReached(offsetsOf(round.accrual), of(sample.source, 'transactions'))
  )
    sample.derived = round.derivedEnds;
  if (sample.derived === undefined || sample.rewards !== undefined) return;
  if (hasReached(offsetsOf(round.rewards), of(sample.derived, 'entitlements')))
    sample.rewards = round.rewardEnds;
}

function isProjected({ source, derived, rewards }: Sample, projected: Offsets): boolean {
  if (derived === undefined || rewards === undefined) return false;
  const ends = [source, of(derived, 'loyalty-events'), rewards];
  return ends.every((each) => hasReached(projected, each));
}

const offsetsOf = (committed: Round['accrual']): Offsets =>
  new Map([...committed].map(([place, { offset }]) => [place, offset]));

/** Those of one topic. */
const of = (offsets: Offsets, topic: string): Offsets =>
  new Map([...offsets].filter(([place]) => place.startsWith(`${topic}/`)));

const hasReached = (committed: Offsets, ends: Offsets): boolean =>
  [...ends].every(([place, end]) => (committed.get(place) ?? 0) >= end);

/** Records that lie before the ends and have not been taken in, by anybody of the pipeline. */
export function lagRecords(round: Round, projected: Offsets): number {
  const all = new Map([...round.sourceEnds, ...round.derivedEnds, ...round.rewardEnds]);
  const behind = (committed: Offsets, topics: readonly string[]): number =>
    topics
      .flatMap((topic) => [...of(all, topic)])
      .reduce((sum, [place, end]) => sum + Math.max(0, end - (committed.get(place) ?? 0)), 0);
  return (
    behind(offsetsOf(round.accrual), consumerGroups.accrual) +
    behind(offsetsOf(round.rewards), consumerGroups.rewards) +
    behind(projected, consumerGroups.projector)
  );
}
