/** Resolves when the URL answers 2xx; throws with the status or the connection's error otherwise. */
export async function probeHttp(url: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
}

/** Resolves when the URL answers, whatever it answers; throws with the connection's error otherwise. */
export async function answersHttp(url: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal });
  await response.body?.cancel();
}
