import { join } from 'node:path';
import type { PortPlan } from './ports.ts';
import { services } from './services.ts';

/** Where a stack is found. */
export interface StackPlace {
  readonly dataDir: string;
  readonly ports: PortPlan;
  readonly keysFile: string;
}

/** What to tell the person when all runs. */
export function addressesOf(place: StackPlace): string {
  const { ports, keysFile } = place;
  const key = (role: string): string =>
    `$(node -p 'JSON.parse(fs.readFileSync("${keysFile}")).${role}')`;
  const query = "SELECT tier, count() FROM members WHERE programme = 'pacific-place' GROUP BY tier";
  const metrics = services.map(({ name }) => `${name} ${ports.metrics[name]}`).join(', ');
  return `
  console      http://127.0.0.1:${ports.console}  (the reports in a browser; the key is below)
  gateway      http://127.0.0.1:${ports.gateway}  (OpenAPI at /openapi.json)
  reports      http://127.0.0.1:${ports.reports}  (OpenAPI at /openapi.json, key of the analyst)
  metrics      /metrics on 127.0.0.1: ${metrics}
${serverLines(place)}

  The analyst's key, which the console asks for:
    echo ${key('analyst')}

  Ask as the analyst:
    curl "http://127.0.0.1:${ports.servers.clickhouse}/?database=semarak" \\
      -u "analyst:${key('analyst')}" \\
      --data-binary "${query}"
`;
}

/** What to tell the person when the servers alone run. */
export function serverAddresses(place: StackPlace): string {
  return `\n${serverLines(place)}\n`;
}

function serverLines({ dataDir, ports, keysFile }: StackPlace): string {
  const { clickhouse, kafka, registry, redis } = ports.servers;
  return `  ClickHouse   http://127.0.0.1:${clickhouse}  (database semarak, user analyst)
  Kafka        127.0.0.1:${kafka}
  registry     http://127.0.0.1:${registry}/apis/ccompat/v7
  Redis        127.0.0.1:${redis}
  keys         ${keysFile}
  logs         ${join(dataDir, 'log')}`;
}
