import { describe, expect, it } from 'vitest';
import { ApiError, createApi } from './client.ts';

interface Asked {
  readonly path: string;
  readonly headers: Headers;
}

/** A fetch that answers from a list, in order. */
function answering(...answers: readonly (Response | Error)[]) {
  const asked: Asked[] = [];
  const get = (path: unknown, init?: RequestInit): Promise<Response> => {
    asked.push({ path: String(path), headers: new Headers(init?.headers) });
    const answer = answers[asked.length - 1];
    if (answer === undefined) return Promise.reject(new Error('asked too often'));
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { asked, api: createApi('secret', get) };
}

const json = (body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { headers });
const asked = { name: 'report_new_members', programme: 'a b', asOf: '2014-12-24' } as const;

describe('a report', () => {
  it('is asked for by its name, with the key', async () => {
    const { api, asked: sent } = answering(json({ rows: [] }));
    await api.report(asked);
    expect(sent[0]?.path).toBe('/v1/reports/report_new_members?programme=a+b&as_of=2014-12-24');
    expect(sent[0]?.headers.get('authorization')).toBe('Bearer secret');
    expect(sent[0]?.headers.has('if-none-match')).toBe(false);
  });

  it('stays the same object while it is not modified', async () => {
    const { api, asked: sent } = answering(
      json({ rows: [1] }, { etag: '"1"' }),
      new Response(null, { status: 304 }),
      json({ rows: [2] }, { etag: '"2"' }),
    );
    const first = await api.report(asked);
    expect(await api.report(asked)).toBe(first);
    expect(sent[1]?.headers.get('if-none-match')).toBe('"1"');
    expect(await api.report(asked)).toEqual({ rows: [2] });
  });
});

describe('a failure', () => {
  it('has the status, the sentence and the pause that the answer gives', async () => {
    const problem = new Response('{"detail":"Too slow."}', {
      status: 503,
      headers: { 'retry-after': '7' },
    });
    const { api } = answering(problem);
    await expect(api.programmes()).rejects.toMatchObject({
      status: 503,
      message: 'Too slow.',
      retryAfterS: 7,
    });
  });

  it('has a status of 0 when nobody answers, and a sentence of its own without a body', async () => {
    const { api } = answering(new TypeError('fetch failed'), new Response('', { status: 502 }));
    await expect(api.programmes()).rejects.toMatchObject({ status: 0 });
    await expect(api.programmes()).rejects.toBeInstanceOf(ApiError);
  });
});
