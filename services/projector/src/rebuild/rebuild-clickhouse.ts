import { awakeMs } from '@semarak/infra/awake-clock';
import { createClickHouse, type ClickHouse } from '@semarak/infra/clickhouse';
import { createKafka } from '@semarak/infra/kafka';
import { createMetrics, type Log } from '@semarak/infra/observability';
import {
  currentGeneration,
  dropGeneration,
  makeNextGeneration,
  swapTo,
  unusedGenerations,
  type CurrentGeneration,
} from '@semarak/infra/report-database';
import { workerClientId } from '@semarak/infra/workers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RebuildConfiguration } from '../config.ts';
import { bookmarksOf, isLeft, liveGroup, placeOf, rebuildGroup, type Admin } from '../groups.ts';
import { clickHouseLimits, runProjectionGroup } from '../projection-group.ts';
import { nextWarehouse } from '../warehouse.ts';
import { asFarAsCurrent, hasComeOver } from './catching-up.ts';

const pollMs = 200;

interface Rebuild {
  readonly configuration: RebuildConfiguration;
  readonly admin: Admin;
  readonly clickhouse: ClickHouse;
  readonly log: Log;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Makes all facts again from the log in a database of their own, and swaps it in when it is as far as the
 * one that everybody reads. Resolves when the new one is in use. Throws a sentence otherwise; then what was
 * read before is read still, unless the swap itself was not answered, and running it again is always right.
 */
export async function rebuildClickHouse(
  options: Options & {
    /** The projector does not run, and nobody waits for it. */
    readonly isAlone: boolean;
  },
): Promise<void> {
  await connected(options, async (rebuild, clientId) => {
    const { clickhouse } = rebuild;
    await clearLeftovers(rebuild);
    const former = await currentGeneration(clickhouse);
    const next = await makeNextGeneration(clickhouse);
    await fillAndSwap(rebuild, { former, next, clientId });
    if (options.isAlone) await dropOthers(rebuild);
    else await retire(rebuild, { former, next });
  });
}

/** Takes a generation without a row into use; the projector, which must not run, would fill it from the beginning. */
export async function emptyClickHouse(options: Options): Promise<void> {
  await connected(options, async (rebuild) => {
    const { clickhouse, say } = rebuild;
    await clearLeftovers(rebuild);
    const next = await makeNextGeneration(clickhouse);
    await swapTo(clickhouse, next);
    say(`${next.database} is read and has no row yet`);
  });
}

type Options = Pick<Rebuild, 'configuration' | 'log' | 'say' | 'signal'>;

async function connected(
  options: Options,
  work: (rebuild: Rebuild, clientId: string) => Promise<void>,
): Promise<void> {
  const { configuration, log } = options;
  const clientId = workerClientId({ worker: 'projector-rebuild', metricsPort: 0 });
  const kafka = createKafka({ brokers: configuration.KAFKA_BROKERS, clientId, log });
  const admin = kafka.admin();
  const clickhouse = createClickHouse({
    url: configuration.CLICKHOUSE_URL,
    limits: clickHouseLimits(configuration),
  });
  try {
    await admin.connect();
    await work({ ...options, admin, clickhouse }, clientId);
  } finally {
    await admin.disconnect();
    await clickhouse.close();
  }
}

/** What a rebuild that was killed has left is dropped, once nobody can be writing to it any more. */
async function clearLeftovers(rebuild: Rebuild): Promise<void> {
  const { clickhouse, admin, say } = rebuild;
  const current = await currentGeneration(clickhouse);
  const databases = await clickhouse.query<{ name: string; id: string }>(
    'SELECT name, toString(uuid) AS id FROM system.databases',
  );
  const unused = new Set(await unusedGenerations(clickhouse));
  for (const { name, id } of databases) {
    if (!unused.has(name) && name !== current?.database) continue;
    await untilLeft(rebuild, { name, groupId: rebuildGroup(id) });
    if (!unused.has(name)) continue;
    say(`dropping ${name}, which nobody reads`);
    await dropGeneration(clickhouse, name);
    await forget(admin, rebuildGroup(id));
  }
  if (current !== undefined && (await hasComeOver(admin, current.id)))
    await forget(admin, rebuildGroup(current.id));
}

async function untilLeft(
  { admin, configuration, say, signal }: Rebuild,
  { name, groupId }: { name: string; groupId: string },
): Promise<void> {
  if (await isLeft(admin, groupId)) return;
  const waitMs = 2 * configuration.SESSION_TIMEOUT_MS;
  say(`waiting for the end of another rebuild, of ${name}, for ${waitMs / 1_000} s at most`);
  const deadline = awakeMs() + waitMs;
  while (!(await isLeft(admin, groupId))) {
    if (awakeMs() > deadline)
      throw new Error(`Another rebuild is at work on ${name}: let it come to its end, or stop it.`);
    await sleep(pollMs, undefined, { signal });
  }
}

/** The bookmarks of a group without members are of no use any more; that they stay does no harm. */
async function forget(admin: Admin, groupId: string): Promise<void> {
  if ((await bookmarksOf(admin, groupId)).size === 0) return;
  await admin.deleteGroups([groupId]).catch(() => undefined);
}

/**
 * The swap comes while the group is at work, so that nothing of what everybody has read is missing
 * afterwards. The projector waits until the group is left, and goes on from its bookmarks.
 */
async function fillAndSwap(
  rebuild: Rebuild,
  of: { former: CurrentGeneration | undefined; next: CurrentGeneration; clientId: string },
): Promise<void> {
  const { configuration, admin, clickhouse, log, say } = rebuild;
  const { former, next, clientId } = of;
  const putAside = await bookmarksOf(admin, liveGroup);
  const failed = new AbortController();
  const signal = AbortSignal.any([rebuild.signal, failed.signal]);
  say(`filling ${next.database} from the log, while ${former?.database ?? 'nothing'} is read`);
  const group = await runProjectionGroup({
    groupId: rebuildGroup(next.id),
    clientId,
    clickhouse,
    warehouse: nextWarehouse(clickhouse, next),
    // The projector has put aside everything below its position.
    putsAside: ({ key }) => {
      const [topic = '', partition, offset] = String(key).split('/');
      const bookmark = putAside.get(placeOf({ topic, partition: Number(partition) }));
      return Number(offset) >= (bookmark?.offset ?? 0);
    },
    configuration,
    metrics: createMetrics({ service: 'projector-rebuild' }),
    log,
    fail: (error) => failed.abort(error),
  });
  try {
    const catchingUp = { ...rebuild, next: next.id, current: former?.id ?? '', signal };
    await asFarAsCurrent(catchingUp);
    signal.throwIfAborted();
    await swapTo(clickhouse, next);
    say(`swapped: everybody reads ${next.database}`);
  } catch (error) {
    if (failed.signal.aborted) throw failed.signal.reason;
    if (!rebuild.signal.aborted) throw error;
    throw new Error('Stopped. What is read has not changed; run it again at any time.', {
      cause: error,
    });
  } finally {
    await group.close();
  }
}

/** Drops the former generation when the projector writes to the new one. */
async function retire(
  rebuild: Rebuild,
  { former, next }: { former: CurrentGeneration | undefined; next: CurrentGeneration },
): Promise<void> {
  const { configuration, admin, clickhouse, say } = rebuild;
  const others = await unusedGenerations(clickhouse);
  const deadline = awakeMs() + configuration.COME_OVER_MS_MAX;
  while (!(await hasComeOver(admin, next.id))) {
    if (awakeMs() > deadline || rebuild.signal.aborted) {
      const drops = others.map((database) => `DROP DATABASE ${database}`).join('; ');
      say(
        `The projector does not write to ${next.database} yet. It goes on with it as soon as it runs, ` +
          'and has to within the time that Kafka keeps the offsets of a group without members. ' +
          `What was read before is left; drop it then: ${drops}`,
      );
      return;
    }
    await sleep(pollMs);
  }
  await forget(admin, rebuildGroup(next.id));
  await dropOthers(rebuild);
  say(
    `done: the projector writes to ${next.database}, ${former?.database ?? 'nothing'} is dropped`,
  );
}

async function dropOthers({ clickhouse }: Rebuild): Promise<void> {
  for (const database of await unusedGenerations(clickhouse))
    await dropGeneration(clickhouse, database);
}
