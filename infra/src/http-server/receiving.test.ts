import type { FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../observability/index.ts';
import { createHttpApp } from './app.ts';
import { HttpProblem, problemOfFastify } from './problem.ts';
import { requestSeconds } from './request-seconds.ts';
import { serverLimits } from './server-settings.ts';

const receiveMsMax = 400;
/** The limit is looked at from time to time; this is more than the time between two looks. */
const closedWithinMs = receiveMsMax + 1_000;

const head = (more: string): string =>
  `POST /echo HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n${more}`;

describe('a request that is not received', () => {
  let app: FastifyInstance;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    ({ app } = await createHttpApp({
      tags: [],
      service: 'service',
      title: 'A service',
      description: 'For tests',
      log: createLog({ service: 'test', level: 'silent' }),
      limits: {
        ...serverLimits(),
        bodyBytesMax: 1_000,
        requestsInFlightMax: 10,
        requestReceiveMsMax: receiveMsMax,
        retryAfterS: 1,
      },
      requests: requestSeconds(new Registry()),
      problemOf: (error) =>
        error instanceof HttpProblem
          ? error
          : problemOfFastify(error, {
              service: 'service',
              mediaTypes: 'application/json',
              bodyLimit: { bytesMax: 1_000, setting: 'BODY_BYTES_MAX' },
            }),
      onUnavailable: () => undefined,
    }));
    app.post('/echo', (request, reply) => reply.send(request.body));
    app.get('/slow', async () => {
      await setTimeout(2 * closedWithinMs);
      return 'late';
    });
    app.get('/endless', (_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/plain' });
      reply.raw.write('begun');
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await app.close();
  });

  async function open(): Promise<Socket> {
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  /** What a socket hears until it is closed, and how long that took. */
  async function heard(socket: Socket): Promise<{ answer: string; ms: number }> {
    const began = performance.now();
    const answer = await text(socket);
    return { answer, ms: performance.now() - began };
  }

  function expectProblem(answer: string, status: number): { detail: string } {
    const [headers = '', body = ''] = answer.split('\r\n\r\n');
    expect(headers.split('\r\n')[0]).toMatch(`HTTP/1.1 ${status} `);
    expect(headers.toLowerCase()).toContain('content-type: application/problem+json');
    expect(headers.toLowerCase()).toContain(`content-length: ${Buffer.byteLength(body)}`);
    const problem = JSON.parse(body) as { detail: string };
    expect(problem).toMatchObject({ type: 'about:blank', status });
    return problem;
  }

  it.each([
    ['no byte', ''],
    ['a part of the headers', head('content-le')],
    ['the headers', head('content-length: 500\r\n\r\n')],
    ['a part of the body', head('content-length: 500\r\n\r\n{')],
    ['a part of a chunk', head('transfer-encoding: chunked\r\n\r\n5\r\n{')],
  ])('is given up at the limit after %s, with 408', async (_, sent) => {
    const socket = await open();
    socket.write(sent);
    const { answer, ms } = await heard(socket);
    expect(ms).toBeGreaterThan(receiveMsMax - 50);
    expect(ms).toBeLessThan(closedWithinMs);
    expect(expectProblem(answer, 408).detail).toContain(`${receiveMsMax} ms`);
  });

  it('is given up although a byte comes now and then', async () => {
    const socket = await open();
    socket.write(head('content-length: 500\r\n\r\n'));
    const dripping = setInterval(() => socket.write('{'), 50);
    socket.on('error', () => undefined);
    const { ms } = await heard(socket).finally(() => clearInterval(dripping));
    expect(ms).toBeLessThan(closedWithinMs);
  });

  it('is given up on a connection that has been of use', async () => {
    const socket = await open();
    socket.write(`${head('content-length: 2\r\n\r\n')}{}`);
    await once(socket, 'data');
    socket.write(head('content-length: 500\r\n\r\n{'));
    const { answer, ms } = await heard(socket);
    expect(ms).toBeLessThan(closedWithinMs);
    expectProblem(answer, 408);
  });

  it('is another thing than one whose answer takes long', async () => {
    const socket = await open();
    socket.write('GET /slow HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n');
    expect((await heard(socket)).answer).toMatch(/^HTTP\/1\.1 200 [^]*late$/);
  });

  it.each([
    ['headers that are too long', head(`x: ${'y'.repeat(20_000)}\r\n\r\n`), 431],
    ['what is no HTTP', 'HELO here\r\n\r\n', 400],
    ['two lengths', head('content-length: 1\r\ncontent-length: 2\r\n\r\n'), 400],
  ])('%s is a problem like any other', async (_, sent, status) => {
    const socket = await open();
    socket.write(sent);
    expectProblem((await heard(socket)).answer, status);
  });

  it('is not answered in the middle of another answer', async () => {
    const socket = await open();
    socket.write('GET /endless HTTP/1.1\r\nhost: here\r\n\r\n');
    await once(socket, 'readable');
    socket.write('no HTTP\r\n\r\n');
    const { answer } = await heard(socket);
    expect(answer).toContain('begun');
    expect(answer).not.toContain('HTTP/1.1 400');
  });
});
