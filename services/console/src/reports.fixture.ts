import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A reports service whose answers a test decides; it counts what it is asked. */
export interface FakeReports {
  readonly url: string;
  readonly asked: readonly { method: string; path: string; key: string; body: string }[];
  close(): Promise<void>;
}

export async function startFakeReports(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<FakeReports> {
  const asked: { method: string; path: string; key: string; body: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const body = Buffer.concat(chunks).toString();
      asked.push({ method, path, key: headers.authorization ?? '', body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
