/** An error as ClickHouse reports it: a number, a name and a text. */
export class DatabaseException extends Error {
  readonly code: number;
  readonly codeName: string;

  constructor(options: { code: number; codeName: string; message: string; cause?: unknown }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DatabaseException';
    this.code = options.code;
    this.codeName = options.codeName;
  }
}

const codes = {
  BAD_ARGUMENTS: 36,
  CHECKSUM_DOESNT_MATCH: 40,
  NOT_IMPLEMENTED: 48,
  SYNTAX_ERROR: 62,
  UNKNOWN_FORMAT: 73,
  UNKNOWN_SETTING: 115,
  READONLY: 164,
  REQUIRED_PASSWORD: 194,
  TOO_MANY_SIMULTANEOUS_QUERIES: 202,
  QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING: 216,
  ABORTED: 236,
  TOO_LARGE_REQUEST: 307,
  INTO_OUTFILE_NOT_ALLOWED: 358,
  QUERY_WAS_CANCELLED: 394,
  UNKNOWN_COMPRESSION_METHOD: 89,
  CANNOT_DECOMPRESS: 271,
  TIMEOUT_EXCEEDED: 159,
  SESSION_NOT_FOUND: 372,
  SESSION_IS_LOCKED: 373,
  INVALID_SESSION_TIMEOUT: 374,
  SETTING_CONSTRAINT_VIOLATION: 452,
  UNKNOWN_QUERY_PARAMETER: 456,
  BAD_QUERY_PARAMETER: 457,
  ACCESS_DENIED: 497,
  AUTHENTICATION_FAILED: 516,
  STD_EXCEPTION: 1001,
} as const;

export function exception(
  codeName: keyof typeof codes,
  message: string,
  cause?: unknown,
): DatabaseException {
  return new DatabaseException({ code: codes[codeName], codeName, message, cause });
}

/**
 * Reads the engine's text. Through some paths it wraps one exception in another with the same
 * code; only the innermost text is kept, as the server does.
 */
export function fromEngine(error: unknown): DatabaseException {
  if (error instanceof DatabaseException) return error;
  const text = error instanceof Error ? error.message : String(error);
  const match = /Code: (\d+)\. DB::Exception: ([\s\S]*?)\s*\(([A-Z][A-Z0-9_]+)\)\s*$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined)
    return cutOff(text, error);
  let message = match[2];
  const nested =
    /^Code: \d+\. DB::Exception: ([\s\S]*?)\s*\([A-Z][A-Z0-9_]+\) \(version [^)]*\)\.?$/;
  for (let inner = nested.exec(message); inner?.[1] !== undefined; inner = nested.exec(message)) {
    message = inner[1];
  }
  return new DatabaseException({
    code: Number(match[1]),
    codeName: match[3],
    message,
    cause: error,
  });
}

/**
 * The library hands a text over as C does, up to its first NUL: an error that quotes one from a statement has no name at
 * its end any more.
 */
function cutOff(text: string, cause: unknown): DatabaseException {
  const match = /^Code: (\d+)\. DB::Exception: ([\s\S]*)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined)
    return exception('STD_EXCEPTION', text, cause);
  const code = Number(match[1]);
  const [codeName] = Object.entries(codes).find(([, known]) => known === code) ?? [];
  return new DatabaseException({
    code,
    codeName: codeName ?? 'UNKNOWN_EXCEPTION',
    message: match[2],
    cause,
  });
}

/** The engine has one user, `default`, in whose place who asked is named. */
export function namingUser(error: unknown, user: string): DatabaseException {
  const failure = fromEngine(error);
  const named = /(^|\s)default: (?=Not enough|Cannot )/g;
  failure.message = failure.message.replace(named, (_, before: string) => `${before}${user}: `);
  return failure;
}

/** The body of an error response, as clickhouse-server writes it. */
export function exceptionText(error: DatabaseException, version: string): string {
  return `Code: ${String(error.code)}. DB::Exception: ${error.message} (${error.codeName}) (version ${version} (official build))\n`;
}

const statusByCode = new Map<number, number>([
  // ClickHouse, src/Server/HTTP/exceptionCodeToHTTPStatus.cpp.
  [194, 401],
  ...[192, 193, 516, 512, 497].map((code) => [code, 403] as const),
  ...[
    36, 427, 6, 25, 26, 38, 41, 72, 441, 675, 676, 27, 376, 15, 44, 8, 66, 52, 4, 167, 168, 284,
    321, 62, 117, 53, 69, 40, 51, 456, 457, 372, 373, 374,
  ].map((code) => [code, 400] as const),
  ...[60, 46, 47, 50, 56, 81, 115, 99, 63, 73, 336, 78, 511].map((code) => [code, 404] as const),
  [62, 400],
  [307, 413],
  [48, 501],
  // Not the server’s 500: the request was right, and may be sent again.
  [202, 503],
  [209, 503],
  [76, 503],
  [381, 411],
  [159, 408],
  [439, 503],
]);

/** The HTTP status that clickhouse-server answers an exception with. */
export function httpStatus(error: DatabaseException): number {
  return statusByCode.get(error.code) ?? 500;
}
