import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { BlockInserts } from './block-inserts.ts';
import { ClickHouseRefused, ClickHouseUnavailable } from './errors.ts';
import type { ExactBlock } from './exact-insert.ts';

const block: ExactBlock = {
  table: 'semarak_1.gift_changes',
  tablePartition: '201412',
  columns: ['programme', 'gift'],
  body: Buffer.from('rows'),
  rows: 1,
  token: 'token',
  ownToken: 'token',
  sources: [],
  history: 'new',
  repeats: 'doubled',
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Inserts into a ClickHouse that answers so. */
async function insertsInto(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const inserts = new BlockInserts({
    url: `http://127.0.0.1:${port}`,
    credentials: { username: 'owner', password: 'secret' },
    requestTimeoutMs: 200,
    connectionsMax: 1,
  });
  closing.push(() => {
    inserts.close();
    server.closeAllConnections();
    server.close();
  });
  return inserts;
}

const exception =
  (code: string, text: string) => (request: IncomingMessage, to: ServerResponse) => {
    request.resume();
    to.writeHead(500, { 'X-ClickHouse-Exception-Code': code }).end(text);
  };

describe('inserts of blocks', () => {
  it('are one request each, of a known length, over the same connection', async () => {
    const ports = new Set<number | undefined>();
    const seen: unknown[] = [];
    const inserts = await insertsInto((request, response) => {
      ports.add(request.socket.remotePort);
      void buffer(request).then((body) => {
        const { searchParams } = new URL(request.url ?? '', 'http://clickhouse');
        const { headers } = request;
        seen.push({
          ...Object.fromEntries(searchParams),
          length: headers['content-length'],
          user: headers['x-clickhouse-user'],
          body: body.toString(),
        });
        response.end();
      });
    });
    for (const token of ['token', 'token~2', undefined]) await inserts.insert(block, token);
    const expected = {
      query: 'INSERT INTO semarak_1.gift_changes (programme, gift) FORMAT RowBinary',
      deduplicate_blocks_in_dependent_materialized_views: '1',
      async_insert: '0',
      input_format_defaults_for_omitted_fields: '0',
      length: '4',
      user: 'owner',
      body: 'rows',
    };
    expect(seen).toEqual([
      { ...expected, insert_deduplicate: '1', insert_deduplication_token: 'token' },
      { ...expected, insert_deduplicate: '1', insert_deduplication_token: 'token~2' },
      expected,
    ]);
    expect(ports.size).toBe(1);
  });

  it('are refused with ClickHouse’s own words', async () => {
    const inserts = await insertsInto(
      exception(
        '60',
        'Code: 60. DB::Exception: Table is not there. (UNKNOWN_TABLE) (version 26.7)',
      ),
    );
    const refusal = await inserts.insert(block, 'token').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ClickHouseRefused);
    expect(refusal).toMatchObject({
      serverCode: '60',
      message: 'ClickHouse refuses: Table is not there. (UNKNOWN_TABLE)',
    });
  });

  it.each([
    ['an error of the moment', exception('252', 'Too many parts')],
    [
      'another status',
      (request: IncomingMessage, response: ServerResponse) => {
        request.resume();
        response.writeHead(502).end('bad gateway');
      },
    ],
    [
      'words after it was done',
      (request: IncomingMessage, response: ServerResponse) => {
        request.resume();
        response.writeHead(200).end('Code: 241. DB::Exception: too much memory');
      },
    ],
    ['an end of the connection', (request: IncomingMessage) => void request.socket.destroy()],
    ['silence', () => undefined],
  ])('are in doubt after %s', async (_, answer) => {
    const inserts = await insertsInto(answer);
    await expect(inserts.insert(block, 'token')).rejects.toThrow(ClickHouseUnavailable);
  });

  it('are in doubt when nobody listens', async () => {
    const inserts = new BlockInserts({
      url: 'http://127.0.0.1:9',
      requestTimeoutMs: 200,
      connectionsMax: 1,
    });
    await expect(inserts.insert(block, 'token')).rejects.toThrow(ClickHouseUnavailable);
  });
});
