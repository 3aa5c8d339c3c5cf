import { calendarConfiguration } from '@semarak/calendar/configuration';
import { configurationSchema as gateway } from '@semarak/gateway/configuration';
import { consoleConfiguration } from '@semarak/console/configuration';
import { services, type ServiceDefinition } from '@semarak/infra/launcher';
import { streamWorkerConfiguration } from '@semarak/infra/workers';
import { projectorConfiguration } from '@semarak/projector/configuration';
import { reportsConfiguration } from '@semarak/reports/configuration';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface ComposeService {
  readonly image: string;
  readonly command?: string[];
  readonly environment?: Record<string, string>;
  readonly depends_on?: Record<string, unknown>;
}

const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), {
  merge: true,
}) as { services: Record<string, ComposeService> };

const configurations: Record<string, z.ZodObject> = {
  gateway,
  accrual: streamWorkerConfiguration,
  rewards: streamWorkerConfiguration,
  projector: projectorConfiguration,
  calendar: calendarConfiguration,
  reports: reportsConfiguration,
  console: consoleConfiguration,
};

const serviceOf = (name: string): ComposeService => {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
};

describe('docker-compose.yml', () => {
  it.each(Object.keys(configurations))('gives %s all that its configuration asks for', (name) => {
    const parsed = configurations[name]?.safeParse(serviceOf(name).environment);
    expect(parsed?.error?.issues ?? []).toEqual([]);
  });

  it.each(Object.keys(configurations))('gives %s nothing that it does not know', (name) => {
    const known = Object.keys(configurations[name]?.shape ?? {});
    const servers = ['KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL', 'REDIS_URL', 'CLICKHOUSE_URL'];
    const given = Object.keys(serviceOf(name).environment ?? {});
    expect(given.filter((variable) => ![...known, ...servers].includes(variable))).toEqual([]);
  });

  it('runs programs that the build makes', () => {
    const programs = Object.values(compose.services).flatMap(({ command }) =>
      (command ?? []).filter((argument) => argument.endsWith('.js')),
    );
    expect(programs.length).toBe(Object.keys(configurations).length + 1);
    expect(programs.filter((program) => !existsSync(join(root, program)))).toEqual([]);
  });

  it.each(services)('runs $name with the options of Node that npm start gives it', (service) => {
    const { name, nodeOptions = [] }: ServiceDefinition = service;
    const program = `services/${name}/dist/main.js`;
    expect(serviceOf(name).command).toEqual(['node', ...nodeOptions, program]);
  });

  it('has every host that a service is told of', () => {
    const hosts = Object.values(compose.services).flatMap(({ environment }) =>
      Object.values(environment ?? {}).flatMap((value) => {
        const match = /^(?:\w+:\/\/)?(?:[^@]*@)?([a-z-]+):\d+/.exec(value);
        return match?.[1] === undefined ? [] : [match[1]];
      }),
    );
    expect(new Set(hosts)).toEqual(
      new Set(['kafka', 'registry', 'redis', 'clickhouse', 'reports']),
    );
    for (const host of hosts) expect(compose.services).toHaveProperty(host);
  });

  it('starts a service only after what it depends on', () => {
    for (const name of Object.keys(configurations))
      expect(serviceOf(name).depends_on).toHaveProperty('provision');
  });
});
