import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { Commands, Replies, type Reply } from './resp.ts';

const portDefault = 6_379;

interface Exchange {
  readonly replies: Reply[];
  readonly expected: number;
  readonly resolve: (replies: readonly Reply[]) => void;
  readonly reject: (error: Error) => void;
}

interface Connection {
  readonly socket: Socket;
  exchange: Exchange | undefined;
}

/**
 * A connection to Redis for many commands at once and one such exchange at a time. ioredis spends about
 * 8 us on each command of a pipeline, which is more than the gateway has for a whole transaction; here
 * commands are written into one buffer and cost what their bytes cost. It is made when it is needed.
 */
export class RedisPipe {
  readonly #url: URL;
  readonly #timeoutMs: number;
  #connection: Connection | undefined;

  /** `url`: `redis://[user:password@]host[:port][/database]`, or `rediss://`. */
  constructor(options: { url: string; timeoutMs: number }) {
    this.#url = new URL(options.url);
    this.#timeoutMs = options.timeoutMs;
  }

  /**
   * The replies to the commands, in their order. A connection that breaks is made anew once, so the
   * commands must bear to be done twice. Throws when Redis cannot be reached, does not answer all of it
   * within the time, or answers any of it with an error.
   */
  async exchange(commands: Commands): Promise<readonly Reply[]> {
    const reused = this.#connection;
    try {
      const connection = reused ?? (await this.#connect());
      return withoutErrors(await this.#send(connection, commands));
    } catch (error) {
      if (reused === undefined || !(error instanceof ConnectionLost)) throw error;
      return withoutErrors(await this.#send(await this.#connect(), commands));
    }
  }

  close(): void {
    this.#connection?.socket.destroy();
  }

  async #connect(): Promise<Connection> {
    const { protocol, hostname, port, username, password, pathname } = this.#url;
    const at = { host: hostname, port: Number(port || portDefault) };
    const socket = protocol === 'rediss:' ? connectSecure(at) : connectPlain(at);
    socket.setNoDelay(true);
    const connection: Connection = { socket, exchange: undefined };
    this.#read(connection);
    const greeting = new Commands();
    if (password !== '') {
      const account = username === '' ? [password] : [username, password];
      command(greeting, ['AUTH', ...account.map(decodeURIComponent)]);
    }
    command(greeting, ['SELECT', pathname.slice(1) || '0']);
    withoutErrors(await this.#send(connection, greeting));
    this.#connection = connection;
    return connection;
  }

  #read(connection: Connection): void {
    const { socket } = connection;
    const replies = new Replies();
    let cause: Error | undefined;
    socket.on('data', (piece) => {
      try {
        replies.add(piece);
        take(replies, connection);
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on('error', (error) => (cause = error));
    socket.on('close', () => {
      if (this.#connection === connection) this.#connection = undefined;
      connection.exchange?.reject(new ConnectionLost('The connection to Redis broke', { cause }));
    });
  }

  #send(connection: Connection, commands: Commands): Promise<readonly Reply[]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        // What comes after all would be taken for the answer to the next question.
        connection.exchange = undefined;
        connection.socket.destroy();
        reject(new Error(`Redis did not answer within ${this.#timeoutMs} ms`));
      }, this.#timeoutMs);
      const settled = () => {
        clearTimeout(timer);
        connection.exchange = undefined;
      };
      connection.exchange = {
        replies: [],
        expected: commands.count,
        resolve(replies) {
          settled();
          resolve(replies);
        },
        reject(error) {
          settled();
          reject(error);
        },
      };
      if (connection.socket.destroyed) connection.exchange.reject(new ConnectionLost('closed'));
      else connection.socket.write(commands.bytes());
    });
  }
}

class ConnectionLost extends Error {}

function take(replies: Replies, { exchange }: Connection): void {
  if (exchange === undefined) throw new Error('Redis answered what nobody asked');
  while (exchange.replies.length < exchange.expected) {
    const reply = replies.next();
    if (reply === undefined) return;
    exchange.replies.push(reply);
  }
  exchange.resolve(exchange.replies);
}

function command(commands: Commands, args: readonly string[]): void {
  commands.begin(args.length);
  for (const arg of args) commands.argument(Buffer.from(arg).toString('latin1'));
}

function withoutErrors(replies: readonly Reply[]): readonly Reply[] {
  for (const reply of replies) if (reply instanceof Error) throw reply;
  return replies;
}
