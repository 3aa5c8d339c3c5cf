import type { ClickHouse } from '@semarak/infra/clickhouse';
import { createKafka, createProducer, partitionOf } from '@semarak/infra/kafka';
import {
  ensureKeys,
  kafkaFlush,
  planPorts,
  planStack,
  type StackPlan,
} from '@semarak/infra/launcher';
import { ManagedProcess, stackUrls, type StackUrls } from '@semarak/infra/local-stack';
import { createLog, createMetrics } from '@semarak/infra/observability';
import { createCodec, type RecordCodec } from '@semarak/infra/records';
import { createRedis, type StateRedis } from '@semarak/infra/state-store';
import type { TopicName, Typed } from '@semarak/schemas';
import type { Admin, Kafka } from 'kafkajs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectClickHouse } from './clickhouse.ts';
import { usageOf, type ProcessUsage } from './process-usage.ts';

type Keys = ReturnType<typeof ensureKeys>;

/** Given a line for each step that takes its time. */
export type Say = (line: string) => void;

const sayEveryMs = 2_000;
const timeoutMs = 30_000;
/** Records in one request when the input is filled in. */
const appendRecordsMax = 8_000;

const log = createLog({ service: 'bench', level: 'silent' });

/**
 * The servers and services as `npm start` runs them, on ports and in a folder of their own; nothing
 * is started again, so that what dies is seen.
 */
export class BenchStack {
  readonly plan: StackPlan;
  readonly urls: StackUrls;
  readonly keys: Keys;
  readonly gatewayUrl: string;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly #dataDir: string;
  readonly #processes = new Map<string, ManagedProcess>();
  readonly #say: Say;
  #redis: StateRedis | undefined;
  #clickhouse: ClickHouse | undefined;
  #codec: RecordCodec | undefined;

  private constructor(of: {
    plan: StackPlan;
    urls: StackUrls;
    keys: Keys;
    gatewayUrl: string;
    dataDir: string;
    say: Say;
  }) {
    this.plan = of.plan;
    this.urls = of.urls;
    this.keys = of.keys;
    this.gatewayUrl = of.gatewayUrl;
    this.#dataDir = of.dataDir;
    this.#say = of.say;
    this.kafka = createKafka({ brokers: [of.plan.kafkaBrokers], clientId: 'bench', log });
    this.admin = this.kafka.admin();
  }

  /** Starts the servers and provides schemas, topics, tables and programmes; no service runs yet. */
  static async start({ portBase, say }: { portBase: number; say: Say }): Promise<BenchStack> {
    const dataDir = mkdtempSync(join(tmpdir(), 'semarak-bench-'));
    process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }));
    const ports = planPorts(portBase);
    const keysFile = join(dataDir, 'keys.json');
    const keys = ensureKeys(keysFile);
    const plan = await planStack({
      dataDir,
      ports,
      keys,
      keysFile,
      kafkaFlush: kafkaFlush(process.env),
      progress: say,
    });
    const urls = stackUrls(ports.servers, keys);
    const gatewayUrl = `http://127.0.0.1:${ports.gateway}`;
    const stack = new BenchStack({ plan, urls, keys, gatewayUrl, dataDir, say });
    try {
      say('starting the servers');
      await Promise.all(plan.servers.map((spec) => stack.#run(spec)));
      await (await ManagedProcess.spawn(plan.provision, dataDir)).completed();
      await stack.admin.connect();
    } catch (error) {
      await stack.close();
      throw error;
    }
    return stack;
  }

  /** Starts a service as its own process; resolves when it says that it is healthy. */
  async startService(name: string, nodeOptions: readonly string[] = []): Promise<ManagedProcess> {
    const service = this.plan.services.find(({ spec }) => spec.name === name);
    if (service === undefined) throw new Error(`There is no service "${name}".`);
    const { spec } = service;
    return this.#run({ ...spec, args: [...nodeOptions, ...spec.args] });
  }

  /** Stops a service as the launcher does. */
  async stop(name: string): Promise<void> {
    await this.#processes.get(name)?.stop();
    this.#processes.delete(name);
  }

  /** What each server and service that runs has taken, by its name. Throws when one has ended. */
  usage(): ReadonlyMap<string, ProcessUsage> {
    for (const { spec, exit, logPath } of this.#processes.values())
      if (exit !== undefined) throw new Error(`${spec.name} has ended: see ${logPath}`);
    return new Map([...this.#processes].map(([name, { pid }]) => [name, usageOf(pid)]));
  }

  get redis(): StateRedis {
    return (this.#redis ??= createRedis({ url: this.urls.REDIS_URL, timeoutMs, log }));
  }

  get clickhouse(): ClickHouse {
    return (this.#clickhouse ??= connectClickHouse(this.urls.CLICKHOUSE_URL));
  }

  async codec(): Promise<RecordCodec> {
    return (this.#codec ??= await createCodec({ registryUrl: this.urls.SCHEMA_REGISTRY_URL }));
  }

  /** The offset after the last of each partition. */
  async ends(topic: TopicName): Promise<number[]> {
    const ends: number[] = [];
    for (const { partition, high } of await this.admin.fetchTopicOffsets(topic))
      ends[partition] = Number(high);
    return ends;
  }

  /** How many records lie in these topics together. */
  async recordsIn(topics: readonly TopicName[]): Promise<number> {
    const ends = await Promise.all(topics.map((topic) => this.ends(topic)));
    return ends.flat().reduce((sum, end) => sum + end, 0);
  }

  /** Appends records in order, each to the partition of its key. */
  async append(input: {
    readonly topic: TopicName;
    readonly what: string;
    readonly count: number;
    readonly recordAt: (index: number) => { readonly key: string; readonly record: Typed };
  }): Promise<void> {
    const { topic, what, count, recordAt } = input;
    const codec = await this.codec();
    const partitions = (await this.ends(topic)).length;
    const metrics = createMetrics({ service: 'bench' });
    const producer = await createProducer({ kafka: this.kafka, metrics, timeoutMs });
    const progress = this.progress(what, count);
    for (let start = 0; start < count; start += appendRecordsMax) {
      const end = Math.min(start + appendRecordsMax, count);
      const records = [];
      for (let index = start; index < end; index++) {
        const { key, record } = recordAt(index);
        const partition = partitionOf({ key, partitions });
        records.push({ topic, partition, key, value: codec.encode(record) });
      }
      await producer.append(records);
      progress(end);
    }
    await producer.close();
  }

  /** Says how far something is, at most every two seconds. */
  progress(what: string, total: number): (done: number) => void {
    let saidAt = performance.now();
    return (done) => {
      if (performance.now() - saidAt < sayEveryMs) return;
      saidAt = performance.now();
      this.#say(`${what}: ${grouped(done)} of ${grouped(total)}`);
    };
  }

  say(line: string): void {
    this.#say(line);
  }

  /** Stops everything and removes the folder. */
  async close(): Promise<void> {
    await this.admin.disconnect();
    this.#redis?.disconnect();
    await this.#clickhouse?.close();
    const services = this.plan.services.map(({ spec }) => spec.name);
    for (const name of services) await this.stop(name);
    await Promise.all([...this.#processes.keys()].map((name) => this.stop(name)));
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  async #run(spec: StackPlan['provision']): Promise<ManagedProcess> {
    const started = await ManagedProcess.spawn(spec, this.#dataDir);
    this.#processes.set(spec.name, started);
    await started.ready();
    return started;
  }
}

const grouped = (number: number): string => number.toLocaleString('en');
