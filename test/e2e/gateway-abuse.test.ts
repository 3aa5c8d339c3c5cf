import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSystem, type System } from '../system/system.ts';

const portBase = 21_300;
/** Of an answer to /healthz while the gateway is abused, on a machine that does other things as well. */
const healthMsMax = 5_000;
const gatewayMiBMax = 1_024;
const healthAsked = 100;

let system: System;
beforeAll(async () => {
  system = await startSystem({ portBase });
});
afterAll(async () => {
  await system.close();
});

const residentMiB = (): number => {
  const status = readFileSync(`/proc/${system.pid('gateway')}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
};

const unknownFields = (count: number): string =>
  `{${Array.from({ length: count }, (_, at) => `"f${at}":1`).join(',')}}`;

/** A request with a terminal’s key whose answer is not read. */
function sendAndForget(body: Buffer): Socket {
  const socket = connect(portBase, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(
    'POST /v1/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Type: Application/X-NDJSON\r\n' +
      `Authorization: Bearer ${system.keys.terminal}\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  socket.write(body);
  return socket;
}

describe('one key that asks for too much', () => {
  it('gets a short answer to a line of 8 MB with 700,000 unknown fields', async () => {
    const line = unknownFields(700_000).slice(0, -1).padEnd(8_388_000, ' ') + '}';
    const answer = await fetch(`${system.gatewayUrl}/v1/transactions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${system.keys.terminal}`,
        'content-type': 'application/x-ndjson',
      },
      body: line,
    });
    const text = await answer.text();
    expect(answer.status).toBe(202);
    expect(answer.headers.get('semarak-items')).toContain('invalid=1');
    expect(text.length).toBeLessThan(1_000);
  });

  it('holds up neither health nor another key, and no memory, with 40 answers that it does not read', async () => {
    const line = `${unknownFields(75)}\n`;
    const body = Buffer.from(line.repeat(10_000));
    const sockets = Array.from({ length: 40 }, () => sendAndForget(body));
    let residentMax = 0;
    let slowestMs = 0;
    for (let asked = 0; asked < healthAsked; asked++) {
      const began = performance.now();
      const health = await fetch(`${system.gatewayUrl}/healthz`);
      await health.arrayBuffer();
      slowestMs = Math.max(slowestMs, performance.now() - began);
      residentMax = Math.max(residentMax, residentMiB());
      await sleep(50);
    }
    const other = await fetch(`${system.gatewayUrl}/v1/transactions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${system.keys.import}`,
        'content-type': 'application/x-ndjson',
      },
      body: '{}\n',
    });
    for (const socket of sockets) socket.destroy();
    console.log(
      `slowest health ${Math.round(slowestMs)} ms, resident at most ${Math.round(residentMax)} MiB`,
    );
    expect(other.status).toBe(202);
    expect(slowestMs).toBeLessThan(healthMsMax);
    expect(residentMax).toBeLessThan(gatewayMiBMax);
  });
});
