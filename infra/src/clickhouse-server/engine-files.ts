import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import type { ClickHouseServerConfig } from './config.ts';

/** Roles that a request's connection is set to before its statement runs. */
const ownerRole = 'semarak_owner';
export const analystRole = 'semarak_analyst';

/**
 * What every statement runs with unless it says something else. Files are on this machine and mostly in memory: read
 * by the thread that asks for them, 285,000 rows take 9 ms in place of 16, since nothing is handed over. For the same
 * reason a second thread helps to read from 1 MiB on, not from 240 MiB on, and today's reports take 26 ms in place of
 * 30. The index of a part is looked into in microseconds, so one thread looks into those of all parts: to hand each to a
 * thread of its own wakes threads sixty times a query, and took another tenth. A join makes no filter of its right side
 * for the rows of its left: a report joins members to all members, which leaves none out, and the filter was a third of
 * what active members by age computed.
 */
const defaultSettings = {
  local_filesystem_read_method: 'pread',
  merge_tree_min_bytes_for_concurrent_read: '1048576',
  max_threads_for_indexes: '1',
  enable_join_runtime_filters: '0',
};

/**
 * How the engine keeps tables that do not say it themselves. Small blocks come all the time here, and of a machine
 * of two cores the engine is to leave most to the others:
 *
 * - no statistics of columns, which each merge would make again and no query of ours is planned better by;
 * - marks and primary keys as they are: to compress a few bytes a part costs more than to keep them;
 * - marks for columns, not for each stream within one, which only readers of parts of columns want;
 * - merges of about ten parts in place of five: half as many, and a few parts more at any time.
 */
const mergeTreeSettings = {
  auto_statistics_types: '',
  compress_marks: '0',
  compress_primary_key: '0',
  write_marks_for_substreams_in_compact_parts: '0',
  merge_selector_base: '10',
};

function settingsXml(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('');
}

/**
 * What the owner may: everything in the database, and nothing that leads out of it. Whoever reaches the port on this
 * machine is the owner, so that no right of his may be one to the machine: no source or table engine that reads or
 * writes files or asks other servers, and no dictionary, whose source can be a command.
 */
const ownerGrants = [
  'GRANT ALL ON *.*',
  'REVOKE READ, WRITE ON *',
  'REVOKE TABLE ENGINE ON *',
  'REVOKE CREATE DICTIONARY, CREATE FUNCTION, BACKUP, NAMED COLLECTION ADMIN ON *.*',
];

function usersXml(database: string): string {
  const readable = [
    database,
    `${database}_*`,
    'system',
    'information_schema',
    'INFORMATION_SCHEMA',
  ];
  const queries = (grants: readonly string[]): string =>
    grants.map((grant) => `<query>${grant}</query>`).join('');
  const analystGrants = readable.map((name) => `GRANT SELECT ON ${name}.*`);
  return `<clickhouse>
  <profiles><default>${settingsXml(defaultSettings)}</default></profiles>
  <quotas><default/></quotas>
  <roles>
    <${ownerRole}><grants>${queries(ownerGrants)}</grants></${ownerRole}>
    <${analystRole}><grants>${queries(analystGrants)}</grants></${analystRole}>
  </roles>
  <users>
    <default>
      <password/>
      <networks><ip>::/0</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants><query>GRANT ${ownerRole}, ${analystRole}</query></grants>
    </default>
  </users>
</clickhouse>
`;
}

function xmlText(value: string): string {
  return value.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}

function configXml(options: { usersFile: string; displayName: string }): string {
  const usersFile = xmlText(options.usersFile);
  return `<clickhouse>
  <logger><level>none</level></logger>
  <display_name>${options.displayName}</display_name>
  <users_config>${usersFile}</users_config>
  <user_directories><users_xml><path>${usersFile}</path></users_xml></user_directories>
  <merge_tree>${settingsXml(mergeTreeSettings)}</merge_tree>
</clickhouse>
`;
}

/** Writes the engine's own configuration: two roles of one user, since it has no log-in. */
export function writeEngineConfig(config: ClickHouseServerConfig): { configFile: string } {
  const folder = join(config.CLICKHOUSE_DATA_DIR, 'etc');
  mkdirSync(folder, { recursive: true });
  const usersFile = join(folder, 'users.xml');
  const configFile = join(folder, 'config.xml');
  writeFileSync(usersFile, usersXml(config.CLICKHOUSE_ANALYST_DATABASE));
  writeFileSync(configFile, configXml({ usersFile, displayName: config.CLICKHOUSE_DISPLAY_NAME }));
  return { configFile };
}

/** One named pipe a session, made anew. @throws Error when the system has no `mkfifo`. */
export function makePipes(options: { dataDir: string; count: number }): readonly string[] {
  const folder = join(options.dataDir, 'pipes');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const paths = Array.from({ length: options.count }, (_, i) => join(folder, `session-${i}`));
  execFileSync('mkfifo', ['-m', '600', ...paths]);
  return paths;
}

/** When a process started, in clock ticks since boot, so that a reused pid is recognised. */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/**
 * Two engines on one folder destroy it, and the library does not notice. The lock names the
 * process and its start; one left by a killed process is taken over.
 *
 * @throws Error that names the process that holds the folder.
 */
export function lockDataDir(dataDir: string): { release(): void } {
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, 'server.lock');
  const mine = JSON.stringify({ pid: process.pid, start: processStart(process.pid) ?? null });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      writeFileSync(path, mine, { flag: 'wx' });
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const holder = liveHolder(path);
      if (holder !== undefined) {
        throw new Error(`The data folder ${dataDir} is in use by process ${holder}`, {
          cause: error,
        });
      }
      rmSync(path, { force: true });
    }
  }
  throw new Error(`The data folder ${dataDir} was locked by another process just now`);
}

function liveHolder(path: string): number | undefined {
  const match = /"pid":(\d+),"start":(?:"(\d+)"|null)/.exec(readFileSync(path, 'utf8'));
  if (match?.[1] === undefined) return undefined;
  const pid = Number(match[1]);
  if (pid === process.pid) return processStart(pid) === match[2] ? pid : undefined;
  const start = processStart(pid);
  if (start !== undefined) return start === match[2] ? pid : undefined;
  return undefined;
}
