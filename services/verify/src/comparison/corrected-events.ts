import type { Records } from '@semarak/schemas';
import { StandingRights } from '../recount/rights.ts';
import type { Event } from './consumer-view.ts';
import type { Difference } from './differences.ts';

/** Events that are there, to be compared with those that should be. */
export interface ExpectedEvents {
  /** The next event that should be there. */
  expect(event: Event): Promise<void>;
  /** Nothing more should be there. */
  finish(): Promise<void>;
}

/**
 * Compares the entitlements of a source that restarted with those expected. Up to the offset of the
 * restart it compares the rights that stand: what records gave that the log has lost was given, and is
 * corrected by events that no record causes. Beyond that offset it compares event by event.
 */
export class CorrectedEvents implements ExpectedEvents {
  readonly #restart: Records['DerivationRestarted'];
  readonly #to: number;
  readonly #standing: Iterable<Event>;
  readonly #beyond: ExpectedEvents;
  readonly #report: (difference: Difference) => void;
  readonly #should = new StandingRights();

  constructor(of: {
    readonly restart: Records['DerivationRestarted'];
    /** Partition of `entitlements`. */
    readonly to: number;
    /** All before the restart, and its corrections. */
    readonly standing: Iterable<Event>;
    /** What the records beyond the restart’s offset have caused. */
    readonly beyond: ExpectedEvents;
    readonly report: (difference: Difference) => void;
  }) {
    this.#restart = of.restart;
    this.#to = of.to;
    this.#standing = of.standing;
    this.#beyond = of.beyond;
    this.#report = of.report;
  }

  async expect(event: Event): Promise<void> {
    if (event.value.sourceOffset > this.#restart.sourceOffset) await this.#beyond.expect(event);
    else this.#should.take(event);
  }

  async finish(): Promise<void> {
    this.#compareRights();
    await this.#beyond.finish();
  }

  #compareRights(): void {
    const standing = new StandingRights();
    for (const event of this.#standing) standing.take(event);
    const { sourcePartition, sourceOffset } = this.#restart;
    const source = `transactions/${sourcePartition}`;
    const where = `in entitlements/${this.#to}`;
    for (const { right, is } of standing.unlike(this.#should))
      this.#report({
        in: 'entitlements',
        key: `${source} ${right}`,
        says:
          is === 'surplus'
            ? `stands ${where}, should not: ${source} does not grant it up to offset ${sourceOffset}`
            : `does not stand ${where}, should: ${source} grants it up to offset ${sourceOffset}`,
      });
  }
}
