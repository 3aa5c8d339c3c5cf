import type { ClickHouse } from '@semarak/infra/clickhouse';
import type { Warehouse } from '@semarak/infra/projection';

/** The database semarak of a ClickHouse. */
export const warehouseOf = (clickhouse: ClickHouse): Warehouse => ({
  insertExactly: (block) => clickhouse.insertExactly(block),
  async databaseId() {
    const [database] = await clickhouse.query<{ uuid: string }>(
      `SELECT toString(uuid) AS uuid FROM system.databases WHERE name = 'semarak'`,
    );
    if (database === undefined)
      throw new Error('ClickHouse has no database semarak: the tables have not been made yet.');
    return database.uuid;
  },
});
