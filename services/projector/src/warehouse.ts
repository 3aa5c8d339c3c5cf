import type { ClickHouse } from '@semarak/infra/clickhouse';
import { Halt } from '@semarak/infra/consumer-group';
import type { Database, Warehouse } from '@semarak/infra/projection';
import { currentGeneration } from '@semarak/infra/report-database';

/** How long it may take until a swap is heard of. */
const hearingMsMax = 1_000;

type Statements = Pick<ClickHouse, 'query'>;

/** The generation of facts that everybody reads. */
export function currentWarehouse(clickhouse: Statements): Warehouse {
  let seen: string | undefined;
  let heardAt = -Infinity;
  const database = async (): Promise<Database> => {
    const current = await currentGeneration(clickhouse);
    if (current === undefined || current.id === '')
      throw new Error('ClickHouse has no report database: the tables have not been made yet.');
    seen = current.id;
    return { name: current.database, id: current.id };
  };
  return {
    database,
    lastSeen() {
      if (performance.now() - heardAt > hearingMsMax) {
        heardAt = performance.now();
        // That ClickHouse does not answer says nothing of a swap; whoever inserts finds out.
        database().catch(() => undefined);
      }
      return seen;
    },
  };
}

/** A generation that nobody reads yet. Once it is read it belongs to the projector, and this one halts. */
export const nextWarehouse = (
  clickhouse: Statements,
  next: { readonly database: string; readonly id: string },
): Warehouse => ({
  async database() {
    const current = await currentGeneration(clickhouse);
    if (current?.id === next.id)
      throw new Halt(`${next.database} is in use: the projector alone writes to it.`);
    return { name: next.database, id: next.id };
  },
  lastSeen: () => next.id,
});
