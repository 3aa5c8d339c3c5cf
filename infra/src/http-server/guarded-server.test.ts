import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { identify } from './connection-gate.ts';
import { createGuardedServer, type ServerLimits } from './guarded-server.ts';
import { refusalProblem } from './problem.ts';
import { serverLimits } from './server-settings.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;

const request = (line: string, headers = 'host: here\r\nconnection: close\r\n'): string =>
  `${line} HTTP/1.1\r\n${headers}\r\n`;
const answerStatus = (answer: string): number => Number(answer.split(' ')[1]);

describe('a guarded server', () => {
  let server: Server | undefined;
  const sockets: Socket[] = [];
  const errors: unknown[] = [];
  const closed: Socket[] = [];

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server?.close();
    server?.closeAllConnections();
    errors.length = 0;
    closed.length = 0;
  });

  async function listen(handle: Handle, limits: Partial<ServerLimits> = {}): Promise<void> {
    server = createGuardedServer({
      limits: { ...serverLimits(), ...limits },
      handle,
      refuse: (refusal) => refusalProblem(refusal),
      onError: (error) => errors.push(error),
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }

  async function open(): Promise<Socket> {
    const socket = connect((server?.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => closed.push(socket));
    await once(socket, 'connect');
    return socket;
  }

  async function ask(sent: string): Promise<string> {
    const socket = await open();
    socket.write(sent);
    return text(socket);
  }

  const echo: Handle = ({ url }, response) => response.end(`target ${url}`);

  it.each([
    ['GET /', 200],
    ['GET //', 200],
    ['GET /%', 200],
    ['GET http://here/ping?a=1', 200],
    ['GET http://[', 400],
    ['GET http://', 400],
    ['GET http://a@b/', 400],
    ['GET ftp://here/', 400],
    ['GET here:80', 400],
    ['OPTIONS *', 200],
    ['CONNECT here:80', 405],
    ['GET', 400],
    ['BREW /', 400],
  ])('answers %s with %i and goes on', async (line, status) => {
    await listen(echo);
    expect(answerStatus(await ask(request(line)))).toBe(status);
    expect(answerStatus(await ask(request('GET /')))).toBe(200);
    expect(errors).toEqual([]);
  });

  it('hands an absolute target on as its path', async () => {
    await listen(echo);
    expect(await ask(request('GET http://here:80?a=1'))).toMatch(/target \/\?a=1$/);
  });

  it.each([
    ['no Host', ''],
    ['two Hosts', 'host: a\r\nhost: b\r\n'],
    ['a Host with a path', 'host: a/b\r\n'],
    ['a Host with a bracket', 'host: [\r\n'],
  ])('answers %s with 400', async (_, headers) => {
    await listen(echo);
    expect(answerStatus(await ask(request('GET /', `${headers}connection: close\r\n`)))).toBe(400);
  });

  const upgrade = 'host: here\r\nupgrade: h2c\r\nconnection: upgrade, close\r\n';
  it.each([
    ['what is wrong with a chunked body', 400, 'transfer-encoding: chunked\r\n\r\n-1\r\n\r\n'],
    ['a body with a length', 200, 'content-length: 2\r\n\r\nok'],
    ['no body', 200, '\r\n'],
  ])('answers a request for another protocol with %s: %i', async (_, status, rest) => {
    await listen((asked, response) => {
      asked.resume();
      asked.on('end', () => response.end());
    });
    const answer = ask(`POST / HTTP/1.1\r\n${upgrade}${rest}`);
    expect(answerStatus(await answer)).toBe(status);
  });

  it.each([
    ['is no HTTP', 'BREW /', 400],
    ['has no end in time', 'GET', 408],
  ])('answers first what came before a message that %s', async (_, message, status) => {
    await listen(
      async (_asked, response) => {
        await setTimeout(1_500);
        response.end('made');
      },
      { headersReceiveMsMax: 500 },
    );
    const answers = await ask(`${request('GET /slow', 'host: here\r\n')}${message}`);
    const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, digits]) => Number(digits));
    expect(statuses).toEqual([200, status]);
  });

  it.each<[string, Handle]>([
    [
      'throws',
      () => {
        throw new Error('a fault');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a fault'))],
  ])('answers 500 when the handler %s, tells why, and goes on', async (_, fault) => {
    await listen((asked, response) =>
      asked.url === '/fault' ? fault(asked, response) : echo(asked, response),
    );
    const answer = await ask(request('GET /fault'));
    expect(answerStatus(answer)).toBe(500);
    expect(answer).not.toContain('a fault');
    expect(errors).toEqual([new Error('a fault')]);
    expect(answerStatus(await ask(request('GET /')))).toBe(200);
  });

  it('goes on when something is written for a client that has gone', async () => {
    const begun = vi.fn();
    await listen((asked, response) => {
      if (asked.url === '/') return response.end();
      begun();
      asked.once('close', () => {
        response.write('late');
        response.end('later');
      });
      return undefined;
    });
    const socket = await open();
    socket.write(request('GET /slow'));
    await vi.waitFor(() => expect(begun).toHaveBeenCalledOnce());
    socket.destroy();
    await vi.waitFor(() => expect(connectionsOf(server)).resolves.toBe(0));
    expect(answerStatus(await ask(request('GET /')))).toBe(200);
  });

  it('gives an answer up that nobody reads, and none that takes long to make', async () => {
    await listen(
      async (asked, response) => {
        if (asked.url === '/large') return response.end(Buffer.alloc(64 * 1024 * 1024));
        await setTimeout(1_000);
        return response.end('made');
      },
      { answerStallMsMax: 300 },
    );
    const unread = await open();
    unread.pause();
    unread.write(request('GET /large'));
    expect(await ask(request('GET /slow'))).toContain('made');
    await vi.waitFor(() => expect(connectionsOf(server)).resolves.toBe(0), 5_000);
  });

  it('gives an answer up that is read too slowly', async () => {
    await listen((_, response) => response.end(Buffer.alloc(64 * 1024 * 1024)), {
      answerStallMsMax: 60_000,
      answerSendMsMax: 1_000,
    });
    const slow = await open();
    slow.write(request('GET /'));
    const reading = setInterval(() => void slow.read(100_000), 50);
    slow.on('readable', () => undefined);
    await once(slow, 'close').finally(() => clearInterval(reading));
  });

  it('closes the oldest connection that is not known for a new one beyond the limit', async () => {
    await listen(
      ({ socket, url }, response) => {
        if (url === '/known') identify(socket);
        response.end('answered');
      },
      { unidentifiedConnectionsMax: 3 },
    );
    const known = await open();
    known.write(request('GET /known', 'host: here\r\n'));
    await once(known, 'data');
    const held: Socket[] = [];
    for (let at = 0; at < 20; at++) {
      const socket = await open();
      socket.write('GET / HTTP/1.1\r\nhos');
      held.push(socket);
    }
    expect(await ask(request('GET /'))).toContain('answered');
    await vi.waitFor(() => expect(closed.length).toBeGreaterThanOrEqual(18));
    expect(closed).not.toContain(known);
    expect(closed).toContain(held[0]);
  });

  it('closes the new connection when all others are being answered', async () => {
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    await listen(
      async (_, response) => {
        await finished;
        response.end('answered');
      },
      { connectionsMax: 2 },
    );
    const begun = vi.fn();
    server?.on('request', begun);
    const first = ask(request('GET /'));
    const second = ask(request('GET /'));
    await vi.waitFor(() => expect(begun).toHaveBeenCalledTimes(2));
    expect(await ask(request('GET /'))).toBe('');
    finish();
    expect(await first).toContain('answered');
    expect(await second).toContain('answered');
  });
});

const connectionsOf = (server: Server | undefined): Promise<number> =>
  new Promise((resolve) => server?.getConnections((_, count) => resolve(count)));
