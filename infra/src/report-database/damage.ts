/** What ClickHouse tells of tables that have lost rows, or soon will take no more. */
export interface Damage {
  readonly kind: 'detached' | 'mutation' | 'replication' | 'merges';
  /** `database.table`. */
  readonly place: string;
  /** Parts, mutations or entries of a queue. */
  readonly count: number;
  /** One of them, with what ClickHouse says of it. */
  readonly example: string;
}

/** Parts of one partition from which on ClickHouse slows inserts down (parts_to_delay_insert). */
const partsMax = 1_000;
/** Attempts from which on a replica's task has not merely been unlucky. */
const replicationAttemptsMax = 10;

/** Of the current generation, and of what everybody reads it through. */
const ours = `(database = 'semarak' OR database = (SELECT database FROM semarak.generation))`;
const place = `concat(database, '.', table)`;

/** Copies that ClickHouse itself sets aside or is about to remove: their rows are in the table all the same. */
const harmless = `'ignored', 'clone', 'attaching', 'deleting', 'tmp-fetch', 'merge-not-byte-identical',
    'mutate-not-byte-identical'`;

/** Gives rows of `Damage`; none while all is well. */
export const damageStatement = `
SELECT 'detached' AS kind, ${place} AS place, toUInt32(count()) AS count,
    any(concat(name, if(ifNull(reason, '') = '', '', concat(', ', reason)))) AS example
FROM system.detached_parts WHERE ${ours} AND ifNull(reason, '') NOT IN (${harmless}) GROUP BY place
UNION ALL
SELECT 'mutation', ${place} AS place, toUInt32(count()), any(latest_fail_reason)
FROM system.mutations WHERE ${ours} AND NOT is_done AND latest_fail_reason != '' GROUP BY place
UNION ALL
SELECT 'replication', ${place} AS place, toUInt32(count()), any(last_exception)
FROM system.replication_queue
WHERE ${ours} AND num_tries > ${replicationAttemptsMax} AND last_exception != '' GROUP BY place
UNION ALL
SELECT 'merges', place, max(parts), argMax(partition, parts)
FROM (SELECT ${place} AS place, partition, toUInt32(count()) AS parts
    FROM system.parts WHERE ${ours} AND active GROUP BY place, partition)
GROUP BY place HAVING max(parts) >= ${partsMax}`;

const exampleCharactersMax = 200;

/** A sentence for an operator, with the remedy. */
export function damageSentence({ kind, place, count, example }: Damage): string {
  const of = example.replaceAll(/\s+/g, ' ').slice(0, exampleCharactersMax);
  switch (kind) {
    case 'detached':
      return (
        `ClickHouse has detached ${count} parts of ${place} (${of}), whose rows are missing in every report. ` +
        'Make the facts anew from the log: npm run rebuild -- clickhouse.'
      );
    case 'mutation':
      return (
        `ClickHouse cannot finish ${count} mutations of ${place} (${of}). End them with KILL MUTATION, or make ` +
        'the facts anew from the log: npm run rebuild -- clickhouse.'
      );
    case 'replication':
      return (
        `ClickHouse cannot do ${count} tasks of the replica of ${place} (${of}). See system.replication_queue; when ` +
        'a part is lost, make the facts anew from the log: npm run rebuild -- clickhouse.'
      );
    case 'merges':
      return (
        `ClickHouse does not merge ${place}: partition ${of} has ${count} parts. See whether its disk is full and ` +
        'what its log says of merges; a table that is broken is made anew with npm run rebuild -- clickhouse.'
      );
  }
}

/**
 * Sentences on the damage, asked for at most once in `everyMs`, since ClickHouse looks through its folders for
 * it. Empty while ClickHouse does not answer, which others tell.
 */
export function damageCheck(options: {
  readonly ask: () => Promise<readonly Damage[]>;
  readonly everyMs: number;
}): () => Promise<readonly string[]> {
  const { ask, everyMs } = options;
  let askedAt = Number.NEGATIVE_INFINITY;
  let sentences: Promise<readonly string[]> = Promise.resolve([]);
  return () => {
    if (performance.now() - askedAt < everyMs) return sentences;
    askedAt = performance.now();
    sentences = ask().then(
      (found) => found.map(damageSentence),
      () => [],
    );
    return sentences;
  };
}
