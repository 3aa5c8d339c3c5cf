import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { transactionAt } from '../mall/mall.ts';
import { requestBody } from '../mall/request.ts';
import { collectLatency } from './latency.ts';
import type { Load, Loaded } from './load.ts';

export interface Request {
  readonly body: Buffer;
  readonly path: string;
  readonly transactions: number;
}

const path = '/v1/transactions';
const waitMs = 5_000;
const answerMsMax = 60_000;
/** Paced requests are looked for so often; their latency counts from when each was due. */
const paceMs = 1;

/** All requests, ready to be sent. */
export function requestsOf(load: Load): Request[] {
  const { mall, from, to, lines, as, waitingEvery } = load;
  const requests: Request[] = [];
  for (let first = from; first < to; first += lines) {
    const transactions = Math.min(lines, to - first);
    const bodies = Array.from({ length: transactions }, (_, at) =>
      requestBody(transactionAt(mall, first + at), as),
    );
    const waits = waitingEvery !== undefined && requests.length % waitingEvery === 0;
    requests.push({
      body: Buffer.from(bodies.join('\n')),
      path: waits ? `${path}?wait=${waitMs}` : path,
      transactions,
    });
  }
  return requests;
}

/** Sends all of them in order and waits for the answers. Throws when there is none. */
export async function send(requests: readonly Request[], load: Load): Promise<Loaded> {
  const { url, connections, perSecond, warmUpRequests = 0 } = load;
  const pool = new Pool(url, { connections, pipelining: 1, bodyTimeout: answerMsMax });
  const headers = {
    authorization: `Bearer ${load.key}`,
    'content-type': load.lines > 1 ? 'application/x-ndjson' : 'application/json',
  };
  const all = collectLatency();
  const waited = collectLatency();
  const others: Record<string, number> = {};
  const answeredAt: number[] = [];
  let accepted = 0;
  const sendOne = async (index: number, due: number): Promise<void> => {
    const request = requests[index];
    if (request === undefined) return;
    const { status, acceptedLines } = await answerTo(pool, request, headers);
    const now = performance.now();
    if (index >= warmUpRequests) (request.path === path ? all : waited).add(now - due);
    answeredAt[index] = performance.timeOrigin + now;
    accepted += acceptedLines;
    const missing = request.transactions - acceptedLines;
    if (missing > 0) others[status] = (others[status] ?? 0) + missing;
  };

  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  // What the warm-up has left to do is not the burden of those that are measured.
  for (const [from, to] of [
    [0, warmUpRequests],
    [warmUpRequests, requests.length],
  ] as const) {
    if (perSecond === undefined) await inTurns({ from, to, connections, sendOne });
    else await paced({ from, to, perSecond, sendOne });
  }
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - startedAt) / 1_000;
  await pool.close();
  return {
    seconds,
    cpuSeconds: (user + system) / 1_000_000,
    accepted,
    others,
    latencyMs: all.found(),
    waitedMs: waited.found(),
    answeredAt,
  };
}

type SendOne = (index: number, due: number) => Promise<void>;

interface Sending {
  /** Requests by their numbers, without `to`. */
  readonly from: number;
  readonly to: number;
  readonly sendOne: SendOne;
}

/** Each connection sends its next request when it has the answer to the last. */
async function inTurns(sending: Sending & { readonly connections: number }): Promise<void> {
  const { from, to, connections, sendOne } = sending;
  let next = from;
  const connection = async (): Promise<void> => {
    while (next < to) await sendOne(next++, performance.now());
  };
  await Promise.all(Array.from({ length: connections }, connection));
}

/** Sends at a steady rate, whatever the answers: one that is late delays no other. */
async function paced(sending: Sending & { readonly perSecond: number }): Promise<void> {
  const { from, to, perSecond, sendOne } = sending;
  const startedAt = performance.now();
  const sent: Promise<void>[] = [];
  while (from + sent.length < to) {
    const due = startedAt + (sent.length / perSecond) * 1_000;
    if (due > performance.now()) await sleep(paceMs);
    else sent.push(sendOne(from + sent.length, due));
  }
  await Promise.all(sent);
}

function answerTo(
  pool: Pool,
  request: Request,
  headers: Record<string, string>,
): Promise<{ status: number; acceptedLines: number }> {
  return new Promise((resolve, reject) => {
    let status = 0;
    const chunks: Buffer[] = [];
    const { path: to, body } = request;
    pool.dispatch(
      { path: to, method: 'POST', headers, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_, statusCode) => void (status = statusCode),
        onResponseData: (_, chunk) => void chunks.push(chunk),
        onResponseEnd: () => resolve({ status, acceptedLines: acceptedIn(Buffer.concat(chunks)) }),
        onResponseError: (_, error) => reject(error),
      },
    );
  });
}

const acceptedMark = Buffer.from('"status":"accepted"');

function acceptedIn(answer: Buffer): number {
  let count = 0;
  for (let at = answer.indexOf(acceptedMark); at >= 0; at = answer.indexOf(acceptedMark, at + 1))
    count++;
  return count;
}
