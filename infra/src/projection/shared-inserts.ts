import { crashPoint } from '#crash-points';
import { randomUUID } from 'node:crypto';
import { ClickHouseInconsistent } from '../clickhouse/errors.ts';
import type { ExactBlock } from '../clickhouse/exact-insert.ts';
import { Halt, type TaskOutcome } from '../consumer-group/partition-task.ts';

/** The rows of one range of one partition, and what has to be done before they may be inserted. */
export interface Share {
  /** Records that they come from. */
  readonly records: number;
  /** The insert in which they went before, when they may have been sent already; they then go alone. */
  readonly earlier: string | undefined;
  /** Says durably that the rows go in this insert; after `lost` or an error none of them are sent. */
  open(insert: string): Promise<TaskOutcome>;
  /** Called once, after `open`. */
  blocks(insert: string): readonly ExactBlock[];
}

/** A partition that has rows to come. */
export interface Participant {
  /**
   * Resolves with what `open` said; rows are there when it was `done`. Throws what `open` and the insert of any of the
   * rows that went together throw.
   */
  insert(share: Share): Promise<TaskOutcome>;
  /** Called once, when no more rows come. */
  leave(): void;
}

export interface SharedInsertsOptions {
  /** Inserts blocks that share table, table partition and token. */
  readonly insert: (blocks: readonly [ExactBlock, ...ExactBlock[]]) => Promise<unknown>;
  /** Records whose rows wait for those of others, at most. */
  readonly recordsMax: number;
  /** A name that no insert has had. */
  readonly newName?: () => string;
  /** Does something once all that is ready now has been done. */
  readonly soon?: (work: () => void) => void;
}

interface Waiting {
  readonly share: Share;
  readonly resolve: (outcome: TaskOutcome) => void;
  readonly reject: (error: unknown) => void;
}

interface Opened extends Waiting {
  readonly outcome: TaskOutcome;
}

/**
 * Rows of several partitions in one insert for each table and month, since an insert costs ClickHouse about the
 * same whatever its rows. Rows wait until every partition that has begun has brought its own or has none, or until
 * they come from so many records that they need no company.
 *
 * Each partition keeps its own bookmark, which names the insert, and only what was opened is sent. Nobody needs
 * to know what else was in an insert: see insertExactly.
 */
export class SharedInserts {
  readonly #options: Required<SharedInsertsOptions>;
  /** Participants that may still bring something. */
  #working = 0;
  #waiting: Waiting[] = [];
  /** Those of several partitions, by name, until nothing more is sent of them from here. */
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(options: SharedInsertsOptions) {
    this.#options = { newName: randomUUID, soon: setImmediate, ...options };
  }

  join(): Participant {
    this.#working++;
    return {
      insert: (share) => this.#insert(share),
      leave: () => {
        this.#working--;
        this.#look();
      },
    };
  }

  async #insert(share: Share): Promise<TaskOutcome> {
    this.#working--;
    try {
      return await new Promise<TaskOutcome>((resolve, reject) => {
        const one = { share, resolve, reject };
        if (share.earlier === undefined) this.#waiting.push(one);
        else void this.#sendAgain(one, share.earlier);
        this.#look();
      });
    } finally {
      this.#working++;
    }
  }

  #look(): void {
    const records = this.#waiting.reduce((sum, { share }) => sum + share.records, 0);
    if (records >= this.#options.recordsMax) this.#sendAll();
    else if (this.#working === 0 && this.#waiting.length > 0)
      this.#options.soon(() => {
        if (this.#working === 0) this.#sendAll();
      });
  }

  #sendAll(): void {
    const all = this.#waiting.splice(0);
    if (all.length === 0) return;
    const insert = this.#options.newName();
    this.#underWay.set(
      insert,
      this.#send(all, insert).finally(() => this.#underWay.delete(insert)),
    );
  }

  /**
   * A partition that is taken over by its own process in the same generation may meet its insert under way. To use
   * the token then would leave out the others' rows, and they would be told that theirs are there.
   */
  async #sendAgain(one: Waiting, insert: string): Promise<void> {
    await this.#underWay.get(insert);
    await this.#send([one], insert);
  }

  async #send(all: readonly Waiting[], insert: string): Promise<void> {
    const opened = await Promise.all(all.map((one) => open(one, insert)));
    const ready = opened.filter((one) => one !== undefined);
    try {
      await this.#insertAll(ready.flatMap(({ share }) => share.blocks(insert)));
      for (const { resolve, outcome } of ready) resolve(outcome);
    } catch (error) {
      for (const { reject } of ready) reject(error);
    }
  }

  async #insertAll(blocks: readonly ExactBlock[]): Promise<void> {
    const groups = new Map<string, [ExactBlock, ...ExactBlock[]]>();
    for (const block of blocks) {
      // Partitions that were acquired before and after a swap write to different databases.
      const name = `${block.table} ${block.token}`;
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [block]);
      else group.push(block);
    }
    let left = groups.size;
    for (const group of groups.values()) {
      await haltWhenInconsistent(this.#options.insert(group));
      if (--left > 0) crashPoint('projection/between-blocks');
    }
  }
}

async function haltWhenInconsistent(insert: Promise<unknown>): Promise<void> {
  try {
    await insert;
  } catch (error) {
    if (error instanceof ClickHouseInconsistent) throw new Halt(error.message, { cause: error });
    throw error;
  }
}

/** Undefined when its rows may not be sent; the one who waits is told at once. */
async function open(one: Waiting, insert: string): Promise<Opened | undefined> {
  try {
    const outcome = await one.share.open(insert);
    if (outcome.type === 'done') return { ...one, outcome };
    one.resolve(outcome);
  } catch (error) {
    one.reject(error);
  }
  return undefined;
}
