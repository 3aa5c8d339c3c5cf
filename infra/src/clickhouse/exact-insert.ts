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
 * Rows of one range of the log that are inserted all or not at all, into one partition of a table: always the same
 * bytes.
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
  /**
   * Tried first. Blocks of other ranges may have it too, and go together with this one or in its place: of all that is
   * ever sent under it one insert gets in.
   */
  readonly token: string;
  /** Of no other rows; with a number it is used when `token` is known and these rows are not there. */
  readonly ownToken: string;
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
  /** Tokens of one block: a second when others have used the first, more when ClickHouse was killed at a bad moment. */
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

const outcomes = ['first_try', 'found', 'retried', 'new_token'] as const;

/** `first_try`: acknowledged at once. `found`: already there. The others needed a retry or a token more. */
export type ExactInsertOutcome = (typeof outcomes)[number];

/**
 * Inserts blocks exactly once each, whoever tried before: new ones that share table, table partition and token in
 * one insert. An insert that is not acknowledged at the first try is in doubt: ClickHouse logs a token before it
 * renames the part, so after a kill between the two a retry is acknowledged without the rows being there, and so it is
 * when somebody else has used the token for some of these rows. Therefore the rows of each block that is in doubt
 * are counted, and only those that are missing although their token is known are sent under one of their own. Blocks
 * whose repeats are harmless are sent without a token until they are acknowledged.
 *
 * Throws ClickHouseUnavailable when retries or tokens are used up, ClickHouseRefused, and
 * ClickHouseInconsistent when the table holds another number of a block's rows than none or all.
 */
export async function insertExactly(
  transport: InsertTransport,
  blocks: readonly [ExactBlock, ...ExactBlock[]],
  limits: ExactInsertLimits,
): Promise<ExactInsertOutcome> {
  const together = joined(blocks);
  if (together.repeats === 'harmless') {
    const attempts = await insertUntilAcknowledged(transport, {
      block: together,
      token: undefined,
      limits,
    });
    return together.history === 'new' && attempts === 1 ? 'first_try' : 'retried';
  }
  if (together.history === 'new') {
    const { token } = together;
    const attempts = await insertUntilAcknowledged(transport, { block: together, token, limits });
    if (attempts === 1) return 'first_try';
  }
  let worst: ExactInsertOutcome = 'found';
  for (const block of blocks) {
    const outcome = await settle(transport, block, limits);
    if (outcomes.indexOf(outcome) > outcomes.indexOf(worst)) worst = outcome;
  }
  return worst;
}

/** Blocks of the same table partition as one. */
function joined(blocks: readonly [ExactBlock, ...ExactBlock[]]): ExactBlock {
  const [first] = blocks;
  if (blocks.length === 1) return first;
  for (const { table, tablePartition, token } of blocks)
    if (table !== first.table || tablePartition !== first.tablePartition || token !== first.token)
      throw new Error(`${table} ${token} cannot go with ${first.table} ${first.token}`);
  return {
    ...first,
    body: Buffer.concat(blocks.map(({ body }) => body)),
    rows: blocks.reduce((sum, { rows }) => sum + rows, 0),
    sources: blocks.flatMap(({ sources }) => sources),
  };
}

/** Sees to it that the rows of a block that may or may not have been inserted are there. */
async function settle(
  transport: InsertTransport,
  block: ExactBlock,
  limits: ExactInsertLimits,
): Promise<ExactInsertOutcome> {
  if (block.history === 'in_doubt') {
    // Counting first also covers tokens that have fallen out of the table's deduplication window.
    if (await isThere(transport, block)) return 'found';
    // Its own only, so that nothing else gets in under the token any more.
    await insertUntilAcknowledged(transport, { block, token: block.token, limits });
  }
  if (await isThere(transport, block)) return 'retried';
  for (let tokens = 2; tokens <= limits.tokensMax; tokens++) {
    const token = `${block.ownToken}~${tokens}`;
    await insertUntilAcknowledged(transport, { block, token, limits });
    if (await isThere(transport, block)) return 'new_token';
  }
  throw new ClickHouseUnavailable(
    `${block.table} has acknowledged ${block.ownToken} under ${limits.tokensMax} tokens without its rows`,
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
    `${block.table} has ${found} rows where ${block.ownToken} has ${block.rows}: ` +
      'run "npm run rebuild -- clickhouse", which makes everything again from the log.',
  );
}
