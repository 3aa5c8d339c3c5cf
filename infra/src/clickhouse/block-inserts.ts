import http from 'node:http';
import https from 'node:https';
import { accessHeaders, clickHouseAccess } from './access.ts';
import { ClickHouseUnavailable, serverFailure } from './errors.ts';
import type { ExactBlock } from './exact-insert.ts';

export interface BlockInsertsOptions {
  readonly url: string;
  /** Absent: whom the URL names, or `default` without a password. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** How long ClickHouse may say nothing. */
  readonly requestTimeoutMs: number;
  /** Connections that are open at once; blocks beyond them wait. */
  readonly connectionsMax: number;
}

/** Shorter than any ClickHouse keeps one that is idle, so that none is used that it closes just then. */
const idleMsMax = 2_500;

/**
 * Inserts blocks over connections that are kept, each in one request of a known length: less than half of
 * what the general client takes of this process, and ClickHouse puts no chunks together.
 */
export class BlockInserts {
  readonly #url: URL;
  readonly #options: BlockInsertsOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #http: Pick<typeof http, 'request'>;
  readonly #agent: http.Agent;

  constructor(options: BlockInsertsOptions) {
    const access = clickHouseAccess(options.url, options.credentials);
    this.#url = new URL(access.url);
    this.#options = options;
    this.#headers = accessHeaders(access);
    this.#http = this.#url.protocol === 'https:' ? https : http;
    const Agent = this.#url.protocol === 'https:' ? https.Agent : http.Agent;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: options.connectionsMax,
      timeout: idleMsMax,
    });
  }

  /**
   * Resolves when ClickHouse has acknowledged the block under the token; the same settings at every try, as
   * deduplication needs, and never asynchronous. Without a token it is written whatever was before, if the table
   * keeps no deduplication window: otherwise ClickHouse knows rows again that are the same. Throws
   * ClickHouseUnavailable or ClickHouseRefused.
   */
  async insert(block: ExactBlock, token: string | undefined): Promise<void> {
    const url = new URL(this.#url);
    const settings = {
      query: `INSERT INTO ${block.table} (${block.columns.join(', ')}) FORMAT RowBinary`,
      ...(token === undefined
        ? {}
        : { insert_deduplicate: '1', insert_deduplication_token: token }),
      deduplicate_blocks_in_dependent_materialized_views: '1',
      async_insert: '0',
      // Each row has all columns of the list; the table's defaults of the others are filled in all the same.
      input_format_defaults_for_omitted_fields: '0',
    };
    for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value);
    const { status, code, text } = await this.#post(url, block.body);
    if (code !== undefined) throw serverFailure(code, text);
    // An insert says nothing when it is done.
    if (status !== 200 || text !== '')
      throw new ClickHouseUnavailable(
        `ClickHouse answered an insert with status ${status}: ${text.slice(0, 200)}`,
      );
  }

  close(): void {
    this.#agent.destroy();
  }

  #post(url: URL, body: Buffer): Promise<Answer> {
    const { requestTimeoutMs } = this.#options;
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) =>
        reject(new ClickHouseUnavailable('ClickHouse did not do it', { cause }));
      const request = this.#http.request(url, {
        method: 'POST',
        agent: this.#agent,
        timeout: requestTimeoutMs,
        headers: { ...this.#headers, 'Content-Length': body.length },
      });
      request.once('error', fail);
      request.once('timeout', () => {
        request.destroy(new Error(`it has said nothing for ${requestTimeoutMs} ms`));
      });
      request.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.once('error', fail);
        response.once('end', () => resolve(answerOf(response, text)));
      });
      request.end(body);
    });
  }
}

interface Answer {
  readonly status: number;
  /** ClickHouse's number of what went wrong. */
  readonly code: string | undefined;
  readonly text: string;
}

function answerOf({ statusCode, headers }: http.IncomingMessage, text: string): Answer {
  const code = headers['x-clickhouse-exception-code'];
  return { status: statusCode ?? 0, code: typeof code === 'string' ? code : undefined, text };
}
