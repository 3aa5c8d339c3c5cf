import type { FastifyInstance } from 'fastify';

/** Finishes the requests at work; what takes longer than `patienceMs` is cut off. */
export async function closeWithin(app: FastifyInstance, patienceMs: number): Promise<void> {
  const impatience = setTimeout(() => app.server.closeAllConnections(), patienceMs);
  await app.close();
  clearTimeout(impatience);
}
