import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { serverNames, serverPorts, type ServerPorts } from '../local-stack/index.ts';
import type { Extent } from './launch-plan.ts';
import { services, type ServiceName } from './services.ts';

/** Every TCP port of a stack. */
export interface PortPlan {
  readonly servers: ServerPorts;
  readonly gateway: number;
  readonly console: number;
  readonly reports: number;
  readonly metrics: Readonly<Record<ServiceName, number>>;
}

const portBaseDefault = 8_080;
/** The contract's port of ClickHouse when no base is asked for. */
const clickhousePortDefault = 8_123;
const metricsOffset = 10;

/** The ports of a stack with this base, or the contract's own without one. */
export function planPorts(portBase: number | undefined): PortPlan {
  const base = portBase ?? portBaseDefault;
  const servers = serverPorts(base);
  return {
    servers: portBase === undefined ? { ...servers, clickhouse: clickhousePortDefault } : servers,
    gateway: base,
    console: base + 1,
    reports: base + 6,
    metrics: Object.fromEntries(
      services.map((service, index) => [service.name, base + metricsOffset + index]),
    ) as Record<ServiceName, number>,
  };
}

/** Ports that the system gives to outgoing connections. */
export interface EphemeralPorts {
  readonly first: number;
  readonly last: number;
}

/** Undefined when the system does not tell. */
export function ephemeralPorts(
  path = '/proc/sys/net/ipv4/ip_local_port_range',
): EphemeralPorts | undefined {
  try {
    const [first, last] = readFileSync(path, 'utf8').trim().split(/\s+/).map(Number);
    if (first === undefined || last === undefined) return undefined;
    return first < last ? { first, last } : undefined;
  } catch {
    return undefined;
  }
}

/** A port and the part of the stack that wants it. */
export interface WantedPort {
  readonly port: number;
  readonly part: string;
}

/** Each port that a start of this extent is about to listen on. */
export function wantedPorts(plan: PortPlan, extent: Extent): WantedPort[] {
  const servers = [
    ...serverNames.map((name) => ({ port: plan.servers[name], part: name })),
    { port: plan.servers.kafkaController, part: "kafka's controller" },
  ];
  if (extent === 'servers') return servers;
  return [
    { port: plan.gateway, part: 'the gateway' },
    { port: plan.console, part: 'the console' },
    { port: plan.reports, part: 'the reports service' },
    ...servers,
    ...services.map(({ name }) => ({ port: plan.metrics[name], part: `${name}'s metrics` })),
  ];
}

/** Those of the ports on which something listens already. */
export async function portsInUse(wanted: readonly WantedPort[]): Promise<WantedPort[]> {
  const free = await Promise.all(wanted.map(({ port }) => isFree(port)));
  return wanted.filter((_, index) => free[index] === false);
}

/** One sentence that names the ports, who wants them, and what to do. */
export function portsInUseSentence(taken: readonly WantedPort[]): string {
  const list = taken.map(({ port, part }) => `${port} (wanted by ${part})`).join(', ');
  const [noun, verb] = taken.length === 1 ? ['Port', 'is'] : ['Ports', 'are'];
  return `${noun} ${list} ${verb} in use: end the program that listens there, or choose other ports with "npm start -- --port-base N".`;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}
