import type { Freshness, Programme, QueryAnswer, ReportAnswer, ReportName } from './reports.ts';

/** How long an answer may take; the reports service gives up on a query before that. */
const answerMsMax = 65_000;
/** Answers kept to be compared with by their ETag; the oldest is dropped first. */
const answersKeptMax = 200;

/** An answer that says no, or none at all (`status` 0). `detail` is for a person, in English. */
export class ApiError extends Error {
  readonly status: number;
  /** Seconds after which the server wants to be asked again. */
  readonly retryAfterS: number | undefined;

  constructor(status: number, detail: string, retryAfterS?: number) {
    super(detail);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

interface ReportAsked<Name extends ReportName> {
  readonly name: Name;
  readonly programme: string;
  readonly asOf: string;
}

/** What the page asks its own origin; every function throws ApiError. */
export interface Api {
  programmes(signal?: AbortSignal): Promise<readonly Programme[]>;
  freshness(programme: string, signal?: AbortSignal): Promise<Freshness>;
  /** The same object as before while its ETag is the same, so that nothing is drawn again. */
  report<Name extends ReportName>(
    asked: ReportAsked<Name>,
    signal?: AbortSignal,
  ): Promise<ReportAnswer<Name>>;
  /** The whole report as a CSV file. */
  reportCsv(asked: ReportAsked<ReportName>): Promise<Blob>;
  query(sql: string, signal?: AbortSignal): Promise<QueryAnswer>;
}

/** An Api with this key; `get` is the browser's fetch. */
export function createApi(key: string, get: typeof fetch = fetch): Api {
  const kept = new Map<string, { etag: string; answer: unknown }>();

  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${key}`);
    const late = AbortSignal.timeout(answerMsMax);
    const signal = init.signal ? AbortSignal.any([init.signal, late]) : late;
    const response = await get(path, { ...init, headers, signal, cache: 'no-store' }).catch(
      (error: unknown) => {
        if (init.signal?.aborted) throw error;
        throw new ApiError(0, 'The console does not answer.');
      },
    );
    if (response.ok || response.status === 304) return response;
    throw await errorOf(response);
  };

  const ask = async (path: string, signal?: AbortSignal): Promise<unknown> => {
    const before = kept.get(path);
    const headers = before === undefined ? {} : { 'if-none-match': before.etag };
    const response = await send(path, { headers, ...(signal && { signal }) });
    if (response.status === 304 && before !== undefined) return before.answer;
    const answer: unknown = await response.json();
    const etag = response.headers.get('etag');
    kept.delete(path);
    if (etag !== null) kept.set(path, { etag, answer });
    for (const [oldest] of kept) {
      if (kept.size <= answersKeptMax) break;
      kept.delete(oldest);
    }
    return answer;
  };

  return {
    async programmes(signal) {
      const { programmes } = (await ask('/v1/programmes', signal)) as { programmes: Programme[] };
      return programmes;
    },
    async freshness(programme, signal) {
      const search = new URLSearchParams({ programme });
      return (await ask(`/v1/freshness?${search.toString()}`, signal)) as Freshness;
    },
    async report<Name extends ReportName>(asked: ReportAsked<Name>, signal?: AbortSignal) {
      return (await ask(reportPath(asked), signal)) as ReportAnswer<Name>;
    },
    async reportCsv(asked) {
      const response = await send(reportPath(asked), { headers: { accept: 'text/csv' } });
      return response.blob();
    },
    async query(sql, signal) {
      const response = await send('/v1/query', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ sql }),
        ...(signal && { signal }),
      });
      return (await response.json()) as QueryAnswer;
    },
  };
}

function reportPath({ name, programme, asOf }: ReportAsked<ReportName>): string {
  const search = new URLSearchParams({ programme, as_of: asOf });
  return `/v1/reports/${name}?${search.toString()}`;
}

async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '');
  const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ApiError(
    response.status,
    detailOf(text) ?? response.statusText,
    Number.isFinite(retryAfterS) ? retryAfterS : undefined,
  );
}

/** The sentence of an application/problem+json answer. */
function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
}
