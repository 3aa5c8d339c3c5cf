import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { chanceFrom } from '../faults/chance.ts';
import { completenessOf } from './completeness.ts';
import { fuzz } from './fuzz.ts';
import { malformedMessage, type SoundRequest } from './malformed.ts';

const requests: readonly SoundRequest[] = [{ method: 'POST', target: '/a', body: '{"a":1}' }];
const toClose: (() => void)[] = [];
afterEach(() => {
  for (const close of toClose.splice(0)) close();
});

/** A port on which each connection is treated so once something has come. */
async function listening(treat: (socket: Socket) => unknown): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('end', () => socket.end());
    socket.once('data', () => treat(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  toClose.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const answer = (head: string, body = '') =>
  `HTTP/1.1 ${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** A server that hangs is given less time, since the test waits for it. */
async function faultsAt(port: number, answerMsMax = 20_000): Promise<readonly string[]> {
  const report = await fuzz(
    { port, requests, dependencies: ['Kafka'] },
    { messages: 100, answerMsMax, chance: chanceFrom(1) },
  );
  return [...new Set(report.faults.map((fault) => fault.slice(0, fault.indexOf(':'))))];
}

describe('the fuzz', () => {
  it.each<[string, string, (socket: Socket) => unknown]>([
    ['hangs', 'says nothing', () => undefined],
    ['hangs', 'stops within an answer', (to) => to.write('HTTP/1.1 200 OK\r\nContent-')],
    ['closed', 'goes without a word', (to) => to.destroy()],
    ['cut_off', 'goes within an answer', (to) => to.end(answer('200 OK', 'all').slice(0, -1))],
    ['an error of its own', 'fails', (to) => to.end(answer('500 x', '{"detail":"Kafka"}'))],
    ['an error of its own', 'names nobody', (to) => to.end(answer('503 x', 'Busy.'))],
    [
      'an error without a name',
      'knows no code',
      (to) => to.end(answer('500 x\r\nX-ClickHouse-Exception-Code: 1001')),
    ],
  ])('finds: %s, of a server that %s', async (fault, _server, treat) => {
    const answerMsMax = fault === 'hangs' ? 300 : 20_000;
    expect(await faultsAt(await listening(treat), answerMsMax)).toContain(fault);
  });

  it('finds a server that waits for more of a whole request', async () => {
    const port = await listening((socket) => socket.end(answer('408 Request Timeout')));
    expect(await faultsAt(port)).toEqual(['waited for more of a whole request']);
  });

  it('finds a server that is gone', async () => {
    const port = await listening(() => undefined);
    for (const close of toClose.splice(0)) close();
    expect(await faultsAt(port)).toEqual(['refused']);
  });

  it.each([
    ['refuses', answer('400 Bad Request', 'why')],
    ['waits for another one', answer('503 x', 'Kafka does not answer.')],
    ['continues first', `HTTP/1.1 100 Continue\r\n\r\n${answer('200 OK')}`],
    ['sends chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n'],
    ['ends with the connection', 'HTTP/1.1 200 OK\r\n\r\nall'],
    ['has a code', answer('500 x\r\nX-ClickHouse-Exception-Code: 395')],
  ])('finds nothing of a server that %s', async (_server, text) => {
    expect(await faultsAt(await listening((socket) => socket.end(text)))).toEqual([]);
  });

  it('sends the same messages of the same seed, which differ from one another', () => {
    const messages = (seed: number): readonly string[] => {
      const chance = chanceFrom(seed);
      return Array.from({ length: 500 }, () =>
        malformedMessage(chance, requests).toString('base64'),
      );
    };
    expect(messages(7)).toEqual(messages(7));
    expect(messages(7)).not.toEqual(messages(8));
    expect(new Set(messages(7)).size).toBeGreaterThan(400);
  });

  it('asks for an answer to most of what it sends', () => {
    const chance = chanceFrom(3);
    const found = Array.from({ length: 2_000 }, () =>
      completenessOf(malformedMessage(chance, requests)),
    );
    expect(found.filter((each) => each === 'complete').length).toBeGreaterThan(1_500);
    expect(new Set(found).size).toBe(5);
  });
});

describe('a message', () => {
  const post = 'POST / HTTP/1.1\r\nHost: a\r\n';
  const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;
  it.each([
    ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'complete'],
    ['\r\n\r\nGET / HTTP/1.1\n\n', 'complete'],
    ['GET / HTTP/1.1\r\nHost: a\r\n', 'head_without_end'],
    ['\r\n\r\n', 'head_without_end'],
    ['', 'head_without_end'],
    [`${post}content-length: 2\r\n\r\n{}`, 'complete'],
    [`${post}Content-Length: 3\r\n\r\n{}`, 'short_body'],
    [`${post}Content-Length: -3\r\n\r\n{}`, 'complete'],
    [`${post}Content-Length: 3\r\nContent-Length: 4\r\n\r\n`, 'complete'],
    [`${chunked}2\r\n{}\r\n0\r\n\r\n`, 'complete'],
    [`${chunked}2;a=b\r\n{}\r\n0\r\nA: b\r\n\r\n`, 'complete'],
    [`${chunked}x\r\n`, 'complete'],
    [`${chunked}2\r\n{}xx`, 'complete'],
    [chunked, 'chunks_without_end'],
    [`${chunked}2`, 'chunks_without_end'],
    [`${chunked}2\r\n{}\r\n`, 'chunks_without_end'],
    [`${chunked}2\r\n{}\r\n0\r\n`, 'chunks_without_end'],
    [`${post}Transfer-Encoding: gzip\r\n\r\n`, 'complete'],
    ['PRI * HTTP/2.0\r\n\r\n', 'http2_preface'],
  ])('%j is %s', (text, completeness) => {
    expect(completenessOf(Buffer.from(text, 'latin1'))).toBe(completeness);
  });
});
