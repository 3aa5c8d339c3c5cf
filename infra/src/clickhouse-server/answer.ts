import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { compressedBlocks } from './compressed-block.ts';
import type { Compression, QueryRequest } from './request.ts';
import { exceptionText, httpStatus } from './exception.ts';
import type { DatabaseException } from './exception.ts';
import { NativeBlocks } from './native-blocks.ts';

export interface AnswerIdentity {
  readonly version: string;
  readonly timezone: string;
  readonly displayName: string;
  readonly queryId: string;
}

/**
 * What X-ClickHouse-Summary carries. The library tells neither how much a query has read nor the bytes of its result, so the
 * header leaves these out, where clickhouse-server has more.
 */
export interface Summary {
  readonly writtenRows: number;
  readonly writtenBytes: number;
  readonly resultRows: number;
  readonly elapsedS: number;
}

export const emptySummary: Summary = {
  writtenRows: 0,
  writtenBytes: 0,
  resultRows: 0,
  elapsedS: 0,
};

function summaryText(summary: Summary): string {
  return JSON.stringify({
    written_rows: String(summary.writtenRows),
    written_bytes: String(summary.writtenBytes),
    result_rows: String(summary.resultRows),
    elapsed_ns: String(Math.round(summary.elapsedS * 1e9)),
  });
}

const contentTypes: readonly (readonly [RegExp, string])[] = [
  [/^JSON(Compact)?(Strings)?EachRow|^JSONLines|^NDJSON/, 'application/x-ndjson; charset=UTF-8'],
  [/^JSON/, 'application/json; charset=UTF-8'],
  [/^CSV/, 'text/csv; charset=UTF-8; header=absent'],
  [/^(TSV|TabSeparated)/, 'text/tab-separated-values; charset=UTF-8'],
  [/^XML$/, 'application/xml; charset=UTF-8'],
  [
    /^(RowBinary|Native|Parquet|Arrow|ORC|Avro|MsgPack|Npy|BSON|Buffers)/,
    'application/octet-stream',
  ],
];

function contentType(format: string): string {
  const found = contentTypes.find(([pattern]) => pattern.test(format))?.[1];
  if (found === undefined) return 'text/plain; charset=UTF-8';
  return /^(CSV|TSV|TabSeparated).*WithNames/.test(format)
    ? found.replace('absent', 'present')
    : found;
}

/**
 * One HTTP answer. Rows are held back up to a limit: an error that comes before it has its own
 * status; a later one is written behind the rows, in ClickHouse's form, and the connection ends.
 */
export class Answer {
  readonly #response: ServerResponse;
  readonly #identity: AnswerIdentity;
  /** Nobody can guess it who has a say in the rows. */
  readonly #exceptionTag = randomUUID().replaceAll('-', '').slice(-16);
  readonly #heldBytesMax: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #format = '';
  #compression: Compression | undefined;
  readonly #framing: QueryRequest['framing'];
  #nativeBlocks: NativeBlocks | undefined;

  constructor(options: {
    response: ServerResponse;
    identity: AnswerIdentity;
    heldBytesMax: number;
    framing: QueryRequest['framing'];
  }) {
    this.#framing = options.framing;
    this.#response = options.response;
    this.#identity = options.identity;
    this.#heldBytesMax = options.heldBytesMax;
  }

  /** @param options.protocolRevision By which the rows of the format Native are written; 0 as they come. */
  describe(options: {
    format: string;
    compression: Compression | undefined;
    protocolRevision: number;
  }): void {
    const { format, compression, protocolRevision } = options;
    this.#format = format;
    this.#compression = compression;
    if (protocolRevision > 0 && format === 'Native') {
      this.#nativeBlocks = new NativeBlocks(protocolRevision);
    }
  }

  /** False asks the caller to wait for `onDrain`. @throws DatabaseException as `NativeBlocks` does. */
  write(bytes: Buffer): boolean {
    const rows = this.#nativeBlocks?.feed(bytes) ?? bytes;
    const chunk = this.#framing === 'plain' ? rows : compressedBlocks(rows);
    if (this.#response.headersSent) return this.#response.write(chunk);
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes <= this.#heldBytesMax) return true;
    this.#begin(undefined);
    return this.#response.write(this.#takeHeld());
  }

  onDrain(listener: () => void): void {
    this.#response.once('drain', listener);
  }

  /** For a client that no longer reads. */
  abandon(): void {
    this.#response.destroy();
  }

  end(summary: Summary): void {
    if (this.#response.headersSent) {
      this.#response.end();
      return;
    }
    this.#begin(summary);
    this.#response.end(this.#takeHeld());
  }

  fail(error: DatabaseException): void {
    const text = exceptionText(error, this.#identity.version);
    if (!this.#response.headersSent) {
      this.#held = [];
      this.#identify();
      this.#response.statusCode = httpStatus(error);
      this.#response.setHeader('X-ClickHouse-Exception-Code', String(error.code));
      this.#response.setHeader('Content-Type', 'text/plain; charset=UTF-8');
      if (error.code === 194) {
        this.#response.setHeader('WWW-Authenticate', 'Basic realm="ClickHouse server HTTP API"');
      }
      const body = Buffer.from(text);
      this.#response.end(this.#framing === 'plain' ? body : compressedBlocks(body));
      return;
    }
    if (this.#compression !== undefined || this.#framing !== 'plain') {
      this.#response.destroy();
      return;
    }
    const tag = this.#exceptionTag;
    const length = Buffer.byteLength(text);
    this.#response.write(
      `\r\n__exception__\r\n${tag}\r\n${text}${length} ${tag}\r\n__exception__\r\n`,
      () => this.#response.destroy(),
    );
  }

  #takeHeld(): Buffer {
    const held = this.#held.length === 1 ? this.#held[0] : undefined;
    const bytes = held ?? Buffer.concat(this.#held);
    this.#held = [];
    return bytes;
  }

  #identify(): void {
    this.#response.setHeader('X-ClickHouse-Server-Display-Name', this.#identity.displayName);
    if (/^[\x20-\x7e]*$/.test(this.#identity.queryId)) {
      this.#response.setHeader('X-ClickHouse-Query-Id', this.#identity.queryId);
    }
    this.#response.setHeader('X-ClickHouse-Timezone', this.#identity.timezone);
  }

  #begin(summary: Summary | undefined): void {
    this.#identify();
    this.#response.statusCode = 200;
    this.#response.setHeader('X-ClickHouse-Exception-Tag', this.#exceptionTag);
    if (this.#format !== '') {
      this.#response.setHeader('X-ClickHouse-Format', this.#format);
      this.#response.setHeader('Content-Type', contentType(this.#format));
    }
    if (this.#compression !== undefined) {
      this.#response.setHeader('Content-Encoding', this.#compression);
    }
    if (summary !== undefined) {
      this.#response.setHeader('X-ClickHouse-Summary', summaryText(summary));
    }
  }
}
