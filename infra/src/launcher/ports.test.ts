import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { planPorts, portsInUse, portsInUseSentence, wantedPorts } from './ports.ts';

describe('the ports of a stack', () => {
  it('follow the contract from a base', () => {
    expect(planPorts(9000)).toEqual({
      gateway: 9000,
      console: 9001,
      reports: 9006,
      servers: {
        kafka: 9002,
        registry: 9003,
        redis: 9004,
        clickhouse: 9005,
        kafkaController: 9007,
      },
      metrics: {
        gateway: 9010,
        accrual: 9011,
        rewards: 9012,
        projector: 9013,
        calendar: 9014,
        reports: 9015,
        console: 9016,
      },
    });
  });

  it('are the published ones without a base', () => {
    const plan = planPorts(undefined);
    expect([plan.gateway, plan.servers.clickhouse, plan.servers.kafka]).toEqual([8080, 8123, 8082]);
  });

  it('are all different', () => {
    const ports = wantedPorts(planPorts(9000), 'services').map(({ port }) => port);
    expect(new Set(ports).size).toBe(ports.length);
  });

  it('are those of the servers when these are started alone', () => {
    const ports = wantedPorts(planPorts(9000), 'servers').map(({ port }) => port);
    expect(ports).toEqual([9002, 9003, 9004, 9005, 9007]);
  });

  it('that are in use are found and named with who wants them', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const taken = await portsInUse([{ port, part: 'redis' }]);
      expect(taken).toEqual([{ port, part: 'redis' }]);
      expect(portsInUseSentence(taken)).toBe(
        `Port ${port} (wanted by redis) is in use: end the program that listens there, or choose other ports with "npm start -- --port-base N".`,
      );
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect(await portsInUse([{ port, part: 'redis' }])).toEqual([]);
  });
});
