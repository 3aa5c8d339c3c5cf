import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { clickhouseServer } from './clickhouse-server.ts';
import {
  ensureServers,
  findJava,
  findRedis,
  InstallError,
  javaMajorMin,
} from '../../src/local-stack/install.mjs';
import { kafkaServer } from './kafka-server.ts';
import { stopLeftovers } from './leftovers.ts';
import { ManagedProcess, type ProcessSpec } from './managed-process.ts';
import { serverNames, type ServerName, type ServerPorts } from './ports.ts';
import { redisServer } from './redis-server.ts';
import { registryServer } from './registry-server.ts';
import type { KafkaFlush, ServerContext } from './server-context.ts';

/** The environment variables by which every service finds the servers. */
export interface StackUrls {
  readonly KAFKA_BROKERS: string;
  readonly SCHEMA_REGISTRY_URL: string;
  readonly REDIS_URL: string;
  readonly CLICKHOUSE_URL: string;
}

export interface LocalStackOptions {
  /** All state: DIR/kafka, DIR/registry, DIR/redis, DIR/clickhouse, DIR/run, DIR/log. */
  readonly dataDir: string;
  readonly ports: ServerPorts;
  /** Which servers to start; all by default. */
  readonly servers?: readonly ServerName[];
  /** Passwords of ClickHouse's users; `owner` is `default`, who gets a random one when there is none. */
  readonly keys: { readonly analyst: string; readonly owner?: string };
  /** `system` by default. */
  readonly kafkaFlush?: KafkaFlush;
  /** Is given a line for each thing that takes its time. */
  readonly progress?: (line: string) => void;
}

/**
 * Where the servers of a stack on these ports are. ClickHouse's URL names its owner when his password
 * is given; else it is for users who name themselves.
 */
export function stackUrls(ports: ServerPorts, keys: { readonly owner?: string } = {}): StackUrls {
  const owner = keys.owner === undefined ? '' : `default:${encodeURIComponent(keys.owner)}@`;
  return {
    KAFKA_BROKERS: `127.0.0.1:${ports.kafka}`,
    SCHEMA_REGISTRY_URL: `http://127.0.0.1:${ports.registry}/apis/ccompat/v7`,
    REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
    CLICKHOUSE_URL: `http://${owner}127.0.0.1:${ports.clickhouse}`,
  };
}

/**
 * How each server is started, after downloading what is missing. Throws InstallError, a sentence
 * for the person at the terminal, when Java, Redis or the servers' files cannot be had.
 */
export async function serverSpecs(
  options: LocalStackOptions & { readonly keys: { readonly owner: string } },
): Promise<Record<ServerName, ProcessSpec>> {
  await ensureServers(options.progress === undefined ? {} : { progress: options.progress });
  const context: ServerContext = {
    dataDir: resolve(options.dataDir),
    ports: options.ports,
    java: found(findJava(), `Java ${javaMajorMin}`, 'openjdk-17-jre-headless'),
    kafkaFlush: options.kafkaFlush ?? 'system',
    redis: found(findRedis(), 'redis-server', 'redis-server'),
    analystPassword: options.keys.analyst,
    ownerPassword: options.keys.owner,
  };
  return {
    kafka: kafkaServer(context),
    registry: registryServer(context),
    redis: redisServer(context),
    clickhouse: clickhouseServer(context),
  };
}

/**
 * Starts the servers at once and resolves when all of them answer. What an earlier owner left
 * running on the same folder is stopped first. Throws ProcessFailure, with the last lines of the
 * log, when one does not start; the others are stopped then.
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true });
  await stopLeftovers(dataDir);
  const keys = { owner: randomBytes(24).toString('base64url'), ...options.keys };
  const specs = await serverSpecs({ ...options, keys });
  const stack = new LocalStack({ dataDir, specs, urls: stackUrls(options.ports, keys) });
  const started = await Promise.allSettled(
    (options.servers ?? serverNames).map((name) => stack.restart(name)),
  );
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stack.stop();
    throw failed.reason;
  }
  return stack;
}

/** Owns the running servers of one data folder; for tests, which kill and restart them at will. */
export class LocalStack {
  readonly dataDir: string;
  /** To be merged into a service's environment. */
  readonly urls: StackUrls;
  readonly #specs: Record<ServerName, ProcessSpec>;
  readonly #running = new Map<ServerName, ManagedProcess>();

  constructor(parts: { dataDir: string; specs: Record<ServerName, ProcessSpec>; urls: StackUrls }) {
    this.dataDir = parts.dataDir;
    this.urls = parts.urls;
    this.#specs = parts.specs;
  }

  /** The server's process id, or undefined when it does not run. */
  pid(name: ServerName): number | undefined {
    const server = this.#running.get(name);
    return server?.exit === undefined ? server?.pid : undefined;
  }

  /** Kills a server with SIGKILL, as a crash would; it stays down until `restart`. */
  async kill(name: ServerName): Promise<void> {
    await this.#running.get(name)?.kill();
  }

  /** Stops the server if it runs, starts it on the same data and port, resolves when it answers. */
  async restart(name: ServerName): Promise<void> {
    await this.#running.get(name)?.stop();
    const server = await ManagedProcess.spawn(this.#specs[name], this.dataDir);
    this.#running.set(name, server);
    await server.ready();
  }

  /** Stops all servers at once and resolves when no process is left. May be called again. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((server) => server.stop()));
    this.#running.clear();
  }
}

function found(path: string | undefined, what: string, apt: string): string {
  if (path !== undefined) return path;
  throw new InstallError(
    `${what} is missing: run "apt-get install ${apt}" as root and start again.`,
  );
}
