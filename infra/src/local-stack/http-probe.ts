/** The program answers that it is not ready yet; the message says why, as far as it tells. */
export class NotReady extends Error {}

/** Resolves when the URL answers 2xx; throws NotReady, or the connection's error. */
export async function probeHttp(url: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal });
  const body = await response.text();
  if (!response.ok) throw new NotReady(problemsIn(body) ?? `${url} answers ${response.status}`);
}

/** The sentences of a /healthz; undefined when the body is something else. */
function problemsIn(body: string): string | undefined {
  try {
    const { problems } = JSON.parse(body) as { problems?: unknown };
    return Array.isArray(problems) && problems.length > 0 ? problems.join(' ') : undefined;
  } catch {
    return undefined;
  }
}

/** Resolves when the URL answers, whatever it answers; throws with the connection's error otherwise. */
export async function answersHttp(url: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal });
  await response.body?.cancel();
}
