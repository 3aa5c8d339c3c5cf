import { describe, expect, it } from 'vitest';
import type { ProcessSpec } from '../local-stack/index.ts';
import { planLaunch, type Extent } from './launch-plan.ts';
import { planPorts } from './ports.ts';

const program = (name: string): ProcessSpec => ({
  name,
  command: name,
  args: [],
  env: {},
  cwd: '/',
  output: 'log',
});
const stack = {
  servers: [program('kafka'), program('redis')],
  provision: program('provision'),
  services: [{ spec: program('gateway'), consumerGroup: undefined }],
  demonstration: program('demonstration'),
  kafkaBrokers: '127.0.0.1:9002',
};
const plan = (extent: Extent) =>
  planLaunch(stack, extent, {
    dataDir: '/data',
    ports: planPorts(9000),
    keysFile: '/data/keys.json',
  });

describe('what a start runs', () => {
  it.each([
    ['demonstration', ['kafka', 'redis', 'provision', 'gateway', 'demonstration']],
    ['services', ['kafka', 'redis', 'provision', 'gateway']],
    ['servers', ['kafka', 'redis']],
  ] as const)('as far as the %s', (extent, names) => {
    const { servers, provision, services, demonstration } = plan(extent);
    const programs = [...servers, provision, ...services.map(({ spec }) => spec), demonstration];
    expect(programs.flatMap((spec) => spec?.name ?? [])).toEqual(names);
  });

  it('is said with the addresses of what runs', () => {
    const all = plan('services');
    expect(all.whatRuns).toBe('everything runs; Ctrl-C stops it');
    expect(all.whereToLook).toMatch(
      /gateway +http:\/\/127\.0\.0\.1:9000[^]*Kafka +127\.0\.0\.1:9002/,
    );
    const servers = plan('servers');
    expect(servers.whatRuns).toBe(
      'the servers run (kafka, redis), the services are not started; Ctrl-C stops the servers',
    );
    expect(servers.whereToLook).toContain('127.0.0.1:9002');
    expect(servers.whereToLook).not.toContain('127.0.0.1:9000');
  });
});
