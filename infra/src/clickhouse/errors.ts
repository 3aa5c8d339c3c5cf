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

/** Errors of the moment, by ClickHouse's number; any other would come again. */
const transientCodes = new Set([
  '159', // TIMEOUT_EXCEEDED
  '202', // TOO_MANY_SIMULTANEOUS_QUERIES
  '209', // SOCKET_TIMEOUT
  '210', // NETWORK_ERROR
  '236', // ABORTED
  '241', // MEMORY_LIMIT_EXCEEDED
  '242', // TABLE_IS_READ_ONLY
  '243', // NOT_ENOUGH_SPACE
  '252', // TOO_MANY_PARTS
  '394', // QUERY_WAS_CANCELLED
  '999', // KEEPER_EXCEPTION
]);

/** What an exception of the server is to whoever writes. */
export function serverFailure(
  serverCode: string,
  text: string,
  cause?: unknown,
): ClickHouseUnavailable | ClickHouseRefused {
  const message = exceptionMessage(text);
  return transientCodes.has(serverCode)
    ? new ClickHouseUnavailable(`ClickHouse did not do it: ${message}`, { cause })
    : new ClickHouseRefused(`ClickHouse refuses: ${message}`, { serverCode, cause });
}

/** `Code: 62. DB::Exception: Syntax error …. (SYNTAX_ERROR) (version …)`, without code and version. */
export const exceptionMessage = (text: string): string =>
  text
    .trim()
    .replace(/^Code: \d+\. DB::Exception: /, '')
    .replace(/ \(version [^)]*\([^)]*\)\)$| \(version [^)]*\)$/, '');
