/** ClickHouse did not answer, or could not do it now; what was sent may have been done. */
export class ClickHouseUnavailable extends Error {
  readonly code = 'clickhouse_unavailable';
}

/** ClickHouse refuses the statement and would again: a wrong name, type, right or text. */
export class ClickHouseRefused extends Error {
  readonly code = 'clickhouse_refused';
  /** ClickHouse's own number, such as 60 for a table that does not exist. */
  readonly serverCode: string;
  constructor(message: string, options: { serverCode: string; cause: unknown }) {
    super(message, { cause: options.cause });
    this.serverCode = options.serverCode;
  }
}

/** The rows of a block are there in part or more than once, which no retry can repair. */
export class ClickHouseInconsistent extends Error {
  readonly code = 'clickhouse_inconsistent';
}
