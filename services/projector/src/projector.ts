import { createClickHouse, createClickHouseMetrics } from '@semarak/infra/clickhouse';
import { damageCheck, damageStatement, type Damage } from '@semarak/infra/report-database';
import { createMetrics, serveObservability, type Log } from '@semarak/infra/observability';
import { workerClientId, type Running } from '@semarak/infra/workers';
import type { ProjectorConfiguration } from './config.ts';
import { liveGroup } from './groups.ts';
import { clickHouseLimits, runProjectionGroup } from './projection-group.ts';
import { currentWarehouse } from './warehouse.ts';

const name = 'projector';

/** Connects everything around the projection and runs it on the partitions the group assigns here. */
export async function startProjector(options: {
  configuration: ProjectorConfiguration;
  log: Log;
  fail: (error: Error) => void;
}): Promise<Running> {
  const { configuration, log, fail } = options;
  const metrics = createMetrics({ service: name });
  const clickhouse = createClickHouse({
    url: configuration.CLICKHOUSE_URL,
    limits: clickHouseLimits(configuration),
    metrics: createClickHouseMetrics(metrics.registry),
  });
  const group = await runProjectionGroup({
    groupId: liveGroup,
    clientId: workerClientId({ worker: name, metricsPort: configuration.METRICS_PORT }),
    clickhouse,
    warehouse: currentWarehouse(clickhouse),
    putsAside: () => true,
    configuration,
    metrics,
    log,
    fail,
  });
  const damage = damageCheck({
    ask: () => clickhouse.query<Damage>(damageStatement),
    everyMs: configuration.DAMAGE_CHECK_MS,
  });
  const observability = await serveObservability({
    port: configuration.METRICS_PORT,
    host: configuration.LISTEN_HOST,
    metrics,
    health: async () => ({ problems: [...group.problems(), ...(await damage())] }),
  });
  return {
    async close() {
      await group.close();
      await clickhouse.close();
      await observability.close();
    },
  };
}
