import { setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseInconsistent, ClickHouseUnavailable } from './errors.ts';
import type { Repeats } from './table.ts';

/** A place in the log: (source_offset, ordinal) of a row. */
export interface Place {
  readonly offset: number;
  readonly ordinal: number;
}

/** The rows that come from one source partition: all places from first to last, both included. */
export interface SourceRange {
  readonly partition: number;
  readonly first: Place;
  readonly last: Place;
}

/**
 * Rows that are inserted all or not at all: one block of one table partition, always the same bytes
 * under the same token.
 */
export interface ExactBlock {
  /** With its database; has columns source_partition, source_offset and ordinal. */
  readonly table: string;
  /** ClickHouse's id of the one partition in which all rows lie, such as `201412`, or `all`. */
  readonly tablePartition: string;
  readonly columns: readonly string[];
  /** RowBinary. */
  readonly body: Buffer;
  readonly rows: number;
  readonly token: string;
  /** Where all rows of the block, and no other rows of the table partition, come from. */
  readonly sources: readonly SourceRange[];
  /** `in_doubt`: an insert of this block may have been sent before. */
  readonly history: 'new' | 'in_doubt';
  /** `harmless`: the table keeps one row for each key, so that rows that are there cannot be counted and need not be. */
  readonly repeats: Repeats;
}

export interface ExactInsertLimits {
  /** Tries of one token before ClickHouse counts as out of reach. */
  readonly attemptsMax: number;
  readonly retryDelayMs: number;
  readonly retryDelayMsMax: number;
  /** Tokens of one block: a second is needed only when ClickHouse was killed at a bad moment. */
  readonly tokensMax: number;
}

/** What an exact insert needs of ClickHouse. Both throw ClickHouseUnavailable or ClickHouseRefused. */
export interface InsertTransport {
  /** Resolves when ClickHouse has acknowledged the block under the token, or whatever it knows of it without one. */
  insert(block: ExactBlock, token: string | undefined): Promise<void>;
  /** How many rows of the table come from the block's sources. */
  count(block: ExactBlock): Promise<number>;
  /** Milliseconds pass; a simulation has a time of its own. */
  wait?(ms: number): Promise<void>;
}

/** `first_try`: acknowledged at once. `found`: already there. The others needed a retry or a token more. */
export type ExactInsertOutcome = 'first_try' | 'found' | 'retried' | 'new_token';

/**
 * Inserts a block exactly once, whoever tried before. An insert that is not acknowledged at the first
 * try is in doubt: ClickHouse logs a token before it renames the part, so after a kill between the two
 * a retry is acknowledged without the rows being there. Therefore whatever is in doubt is counted, and
 * only rows that are missing although their token is known are sent under a new one. A block whose repeats are
 * harmless is sent without a token until it is acknowledged.
 *
 * Throws ClickHouseUnavailable when retries or tokens are used up, ClickHouseRefused, and
 * ClickHouseInconsistent when the table holds another number of the block's rows than none or all.
 */
export async function insertExactly(
  transport: InsertTransport,
  block: ExactBlock,
  limits: ExactInsertLimits,
): Promise<ExactInsertOutcome> {
  if (block.repeats === 'harmless') {
    const attempts = await insertUntilAcknowledged(transport, { block, token: undefined, limits });
    return block.history === 'new' && attempts === 1 ? 'first_try' : 'retried';
  }
  // Counting first also covers tokens that have fallen out of the table's deduplication window.
  if (block.history === 'in_doubt' && (await isThere(transport, block))) return 'found';
  for (let tokens = 1; tokens <= limits.tokensMax; tokens++) {
    const token = tokens === 1 ? block.token : `${block.token}~${tokens}`;
    const attempts = await insertUntilAcknowledged(transport, { block, token, limits });
    const isFirstTry = block.history === 'new' && tokens === 1 && attempts === 1;
    if (isFirstTry) return 'first_try';
    if (await isThere(transport, block)) return tokens === 1 ? 'retried' : 'new_token';
  }
  throw new ClickHouseUnavailable(
    `${block.table} has acknowledged ${block.token} under ${limits.tokensMax} tokens without its rows`,
  );
}

/** How many tries it took. */
async function insertUntilAcknowledged(
  transport: InsertTransport,
  {
    block,
    token,
    limits,
  }: {
    readonly block: ExactBlock;
    readonly token: string | undefined;
    readonly limits: ExactInsertLimits;
  },
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      await transport.insert(block, token);
      return attempt;
    } catch (error) {
      if (!(error instanceof ClickHouseUnavailable) || attempt >= limits.attemptsMax) throw error;
      const delayMs = Math.min(limits.retryDelayMs * 2 ** (attempt - 1), limits.retryDelayMsMax);
      await (transport.wait?.(delayMs) ?? sleep(delayMs));
    }
  }
}

/** A block is one part, so its rows are there all or none; anything else is beyond us. */
async function isThere(transport: InsertTransport, block: ExactBlock): Promise<boolean> {
  const found = await transport.count(block);
  if (found === 0) return false;
  if (found === block.rows) return true;
  throw new ClickHouseInconsistent(
    `${block.table} has ${found} rows where ${block.token} has ${block.rows}: ` +
      'run "npm run rebuild -- clickhouse", which makes everything again from the log.',
  );
}
