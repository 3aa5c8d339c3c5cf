import { setTimeout as sleep } from 'node:timers/promises';
import { errors, Pool } from 'undici';
import { z } from 'zod';
import type { Enrolment, Transaction } from '../mall/records.ts';

export interface GatewayOptions {
  readonly url: string;
  readonly key: string;
  readonly connections: number;
  readonly requestTimeoutMs: number;
  readonly retryDelayMs: number;
  readonly retryDelayMsMax: number;
  readonly retryMsMax: number;
  /** Told of each pause before a request is sent again. */
  readonly onRetry?: (pause: { readonly reason: string; readonly delayMs: number }) => void;
}

const lineSchema = z.object({
  status: z.enum(['accepted', 'duplicate', 'conflict', 'invalid']),
});

/** What became of one line, and the line as the gateway wrote it. */
export interface LineAnswer {
  readonly status: 'accepted' | 'duplicate' | 'conflict' | 'invalid';
  readonly text: string;
}

interface Post {
  readonly path: string;
  readonly body: string;
}

type Answer =
  | { readonly type: 'taken'; readonly text: string }
  | { readonly type: 'later'; readonly reason: string; readonly retryAfterMs: number | undefined };

/** The gateway did not take something: what it was, and what it answered. */
export class GatewayRefusal extends Error {
  override readonly name = 'GatewayRefusal';
}

/** Connections that were refused, reset or silent: the gateway may be starting again. */
const passingCodes: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET'],
  ...['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'],
]);

/** Owns the connections to the gateway. Sending again what may have arrived is safe by contract. */
export class GatewayClient {
  readonly #options: GatewayOptions;
  readonly #pool: Pool;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#pool = new Pool(options.url, {
      connections: options.connections,
      headersTimeout: options.requestTimeoutMs,
      bodyTimeout: options.requestTimeoutMs,
      connectTimeout: options.requestTimeoutMs,
    });
  }

  /** Resolves when the enrolments are in the log. Throws GatewayRefusal, also when one is invalid. */
  async enrol(enrolments: readonly Enrolment[]): Promise<void> {
    const answers = await this.#postLines('/v1/members', enrolments);
    const refused = answers.find(({ status }) => status !== 'accepted');
    if (refused !== undefined)
      throw new GatewayRefusal(`The gateway refused an enrolment: ${refused.text}`);
  }

  /** Resolves to one answer for each transaction, in their order. Throws GatewayRefusal. */
  async post(transactions: readonly Transaction[]): Promise<LineAnswer[]> {
    return await this.#postLines('/v1/transactions', transactions);
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #postLines(path: string, items: readonly object[]): Promise<LineAnswer[]> {
    const body = items.map((item) => `${JSON.stringify(item)}\n`).join('');
    const text = await this.#post({ path, body });
    const lines = text.split('\n').filter((line) => line !== '');
    if (lines.length !== items.length)
      throw new GatewayRefusal(
        `The gateway answered ${lines.length} lines to ${items.length} at ${path}`,
      );
    return lines.map((line) => ({ status: lineSchema.parse(JSON.parse(line)).status, text: line }));
  }

  async #post(request: Post): Promise<string> {
    const giveUpAt = performance.now() + this.#options.retryMsMax;
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.#send(request);
      if (answer.type === 'taken') return answer.text;
      const { retryDelayMs, retryDelayMsMax } = this.#options;
      const delayMs = answer.retryAfterMs ?? Math.min(retryDelayMsMax, retryDelayMs * 2 ** attempt);
      if (performance.now() + delayMs > giveUpAt)
        throw new GatewayRefusal(
          `The gateway did not take ${request.path} within ${this.#options.retryMsMax} ms: ${answer.reason}`,
        );
      this.#options.onRetry?.({ reason: answer.reason, delayMs });
      await sleep(delayMs);
    }
  }

  async #send(request: Post): Promise<Answer> {
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        method: 'POST',
        path: request.path,
        headers: {
          authorization: `Bearer ${this.#options.key}`,
          'content-type': 'application/x-ndjson',
        },
        body: request.body,
      });
      const text = await body.text();
      if (statusCode === 202) return { type: 'taken', text };
      const reason = `${statusCode} ${text.slice(0, 500)}`;
      if (statusCode !== 429 && statusCode !== 503)
        throw new GatewayRefusal(`The gateway refused ${request.path}: ${reason}`);
      return { type: 'later', reason, retryAfterMs: retryAfterMs(headers['retry-after']) };
    } catch (error) {
      if (!isPassing(error)) throw error;
      return { type: 'later', reason: String(error), retryAfterMs: undefined };
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof errors.UndiciError) return passingCodes.has(error.code);
  return error instanceof Error && 'code' in error && passingCodes.has(String(error.code));
}

/** Seconds, which is all that the gateway sends; other forms count as absent. */
function retryAfterMs(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^\d{1,4}$/.test(header)) return undefined;
  return Number(header) * 1000;
}
