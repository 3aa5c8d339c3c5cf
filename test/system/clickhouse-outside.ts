import { randomUUID } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startClickHouseProcess, type ClickHouseProcess } from './clickhouse-process.ts';

export type User = 'analyst' | 'default';
export const users: readonly User[] = ['analyst', 'default'];

export interface Asked {
  readonly user: User;
  readonly body: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Told {
  /** Of the exception; 0 for none. */
  readonly code: number;
  readonly text: string;
}

/** ACCESS_DENIED and READONLY: refused as out of reach, and not for how it is written. */
const refusals: readonly number[] = [497, 164];
const atOnce = 4;

/** Exceptions of an engine that has tried to reach something, and not got it. */
const attempts = new RegExp(
  `\\((${[
    ...['CANNOT_OPEN_FILE', 'FILE_DOESNT_EXIST', 'CANNOT_STAT', 'DIRECTORY_DOESNT_EXIST'],
    ...['NETWORK_ERROR', 'DNS_ERROR', 'SOCKET_TIMEOUT', 'ALL_CONNECTION_TRIES_FAILED', 'S3_ERROR'],
    ...['CHILD_WAS_NOT_EXITED_NORMALLY', 'CANNOT_CREATE_CHILD_PROCESS', 'CANNOT_EXEC'],
    ...['EXTERNAL_SERVER_IS_NOT_RESPONDING', 'RECEIVED_ERROR_FROM_REMOTE_IO_SERVER'],
  ].join('|')})\\)`,
);

export const literal = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/**
 * An embedded ClickHouse, with a folder of canaries, a working directory and a port that are none of its
 * business: the engine can refuse what it has already opened, so they are looked at beside the answer.
 */
export class ClickHouseOutside {
  readonly #folder: string;
  readonly #server: ClickHouseProcess;
  readonly #listener: Server;
  readonly #passwords: Readonly<Record<User, string>>;
  readonly #canary: string;
  #connections = 0;

  /** A file that nobody may read. */
  readonly secret: string;
  /** A path at which nobody may make anything, and that others may begin with. */
  readonly written: string;
  /** `127.0.0.1:port` of a port to which nobody may come. */
  readonly host: string;

  private constructor(options: {
    folder: string;
    server: ClickHouseProcess;
    listener: Server;
    passwords: Readonly<Record<User, string>>;
    canary: string;
  }) {
    this.#folder = options.folder;
    this.#server = options.server;
    this.#listener = options.listener;
    this.#passwords = options.passwords;
    this.#canary = options.canary;
    this.secret = join(canariesOf(options.folder), 'secret.txt');
    this.written = join(canariesOf(options.folder), 'written');
    this.host = `127.0.0.1:${(options.listener.address() as AddressInfo).port}`;
    options.listener.on('connection', (socket) => {
      this.#connections += 1;
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 500 x\r\n\r\n');
    });
    this.outside();
  }

  static async start(): Promise<ClickHouseOutside> {
    const folder = mkdtempSync(join(tmpdir(), 'clickhouse-outside-'));
    const canary = `canary-${randomUUID()}`;
    const workingDirectory = join(folder, 'cwd');
    for (const made of [canariesOf(folder), workingDirectory]) mkdirSync(made);
    for (const name of ['secret.txt', 'secret.csv', 'secret.proto', 'secret.sqlite'])
      writeFileSync(join(canariesOf(folder), name), `${canary}\n`);
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const passwords = { analyst: `analyst-${randomUUID()}`, default: `owner-${randomUUID()}` };
    const server = await startClickHouseProcess({
      dataDir: join(folder, 'data'),
      analystPassword: passwords.analyst,
      ownerPassword: passwords.default,
      workingDirectory,
    });
    const started = new ClickHouseOutside({ folder, server, listener, passwords, canary });
    await started.allowed('CREATE DATABASE semarak');
    await started.allowed('CREATE TABLE semarak.taken (s String) ENGINE = MergeTree ORDER BY s');
    return started;
  }

  async close(): Promise<void> {
    await this.#server.stop('SIGTERM');
    this.#listener.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The code of the refusal, 0 for none. @throws Error when a secret is told, or an attempt to reach something. */
  async codeOf(asked: Asked): Promise<number> {
    const { code, text } = await this.answerTo(asked);
    for (const hidden of [this.#canary, ...Object.values(this.#passwords)])
      if (text.includes(hidden)) throw new Error(`${JSON.stringify(asked)} tells ${hidden}`);
    if (code > 0 && attempts.test(text)) throw new Error(`${JSON.stringify(asked)}: ${text}`);
    return code;
  }

  async answerTo({ user, body, parameters = {}, headers }: Asked): Promise<Told> {
    const target = new URL(this.#server.url);
    for (const [name, value] of Object.entries(parameters)) target.searchParams.set(name, value);
    const response = await fetch(target, {
      method: 'POST',
      body,
      headers: {
        'X-ClickHouse-User': user,
        'X-ClickHouse-Key': this.#passwords[user],
        ...headers,
      },
    });
    // As latin1, so that binary formats can be looked into.
    const text = Buffer.from(await response.arrayBuffer()).toString('latin1');
    return { code: Number(response.headers.get('x-clickhouse-exception-code') ?? 0), text };
  }

  /** What the owner gets, who may do this. */
  async allowed(body: string): Promise<string> {
    const { code, text } = await this.answerTo({ user: 'default', body });
    expect(code, `${body}: ${text}`).toBe(0);
    return text;
  }

  /** The first column of a query of the owner's. */
  async names(query: string): Promise<readonly string[]> {
    const found = (await this.allowed(`${query} FORMAT TSVRaw`)).split('\n').filter(Boolean);
    expect(found.length).toBeGreaterThan(0);
    return found;
  }

  /**
   * Everything that nobody may reach: the files with their contents, whether anybody has read them since
   * the last look (where the file system notes it), and who has come to the port.
   */
  outside(): unknown {
    const folders = [canariesOf(this.#folder), join(this.#folder, 'cwd')];
    const files = folders.flatMap((top) =>
      readdirSync(top, { recursive: true, withFileTypes: true }).map((entry) => {
        const path = join(entry.parentPath, entry.name);
        if (!entry.isFile()) return { path };
        const { atimeMs, mtime } = statSync(path);
        const content = readFileSync(path, 'latin1');
        // As of relatime, a time of access before that of the last change is set at the next access.
        utimesSync(path, new Date(0), mtime);
        return { path, content, isRead: atimeMs > 0 };
      }),
    );
    return { files: files.sort((a, b) => a.path.localeCompare(b.path)), came: this.#connections };
  }

  /** The codes of the answers, in order; what is outside stays as it is. */
  async codesOf(asked: readonly Asked[]): Promise<readonly number[]> {
    const before = this.outside();
    const codes: number[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let at = next++; at < asked.length; at = next++)
        codes[at] = await this.codeOf(asked[at] as Asked);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    expect(this.outside()).toEqual(before);
    return codes;
  }

  /** The names of what was not refused as out of reach. */
  async notRefused(tried: readonly (Asked & { name: string })[]): Promise<readonly string[]> {
    const codes = await this.codesOf(tried);
    const passed = tried.filter((_, index) => !refusals.includes(codes[index] ?? 0));
    return [...new Set(passed.map(({ name }) => name))].sort();
  }

  /** Arguments as those functions and engines take them that lead out. */
  argumentLists(): readonly string[] {
    return [
      literal(this.secret),
      `${literal(`${this.written}.sqlite`)}, 't'`,
      `0, ${literal(`${this.written}.rocksdb`)}`,
      `${literal(`http://${this.host}/x`)}, 'CSV', 'a String'`,
      `${literal(this.host)}, 'd', 't', 'u', 'p'`,
      `${literal(`touch ${this.written}`)}, 'CSV', 'a String'`,
    ];
  }
}

const canariesOf = (folder: string): string => join(folder, 'canaries');
