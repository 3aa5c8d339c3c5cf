import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionLimits {
  /** Connections at once, those that are known and those that are not. */
  readonly connectionsMax: number;
  /** Connections at once over which nobody has shown a valid key yet. */
  readonly unidentifiedConnectionsMax: number;
}

/** The gate that a connection came through, for `identify`. */
const gates = new WeakMap<Socket, ConnectionGate>();

/** Says that a request of the connection came with a valid key: it is no longer closed to make room. */
export const identify = (socket: Socket): void => gates.get(socket)?.identify(socket);

/**
 * Bounds the connections of a server without closing its port to anybody: for a new one beyond a limit the oldest
 * is closed that nobody has shown a key over and that is not being answered. So whoever holds connections open
 * closes his own. Then one that is known and idle, and only when all are at work the new one.
 */
export class ConnectionGate {
  readonly #limits: ConnectionLimits;
  readonly #open = new Set<Socket>();
  /** The oldest comes first. */
  readonly #unidentified = new Map<Socket, IncomingMessage | undefined>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** What is open now. */
  get open(): ReadonlySet<Socket> {
    return this.#open;
  }

  /** For each new connection. */
  admit(socket: Socket): void {
    const { connectionsMax, unidentifiedConnectionsMax } = this.#limits;
    const isFull =
      this.#open.size >= connectionsMax || this.#unidentified.size >= unidentifiedConnectionsMax;
    if (isFull && !this.#makeRoom()) {
      socket.destroy();
      return;
    }
    gates.set(socket, this);
    this.#open.add(socket);
    this.#unidentified.set(socket, undefined);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#unidentified.delete(socket);
    });
  }

  /** For each request whose headers are there. */
  begin(request: IncomingMessage): void {
    const { socket } = request;
    if (this.#unidentified.has(socket)) this.#unidentified.set(socket, request);
  }

  identify(socket: Socket): void {
    this.#unidentified.delete(socket);
  }

  #makeRoom(): boolean {
    for (const [socket, request] of this.#unidentified)
      if (request?.complete !== true || !isBeingAnswered(socket)) return this.#close(socket);
    for (const socket of this.#open) if (!isBeingAnswered(socket)) return this.#close(socket);
    return false;
  }

  #close(socket: Socket): true {
    this.#open.delete(socket);
    this.#unidentified.delete(socket);
    socket.destroy();
    return true;
  }
}

/** True from the end of a request’s headers to the last byte of its answer; Node asks its sockets the same. */
export const isBeingAnswered = (socket: Socket): boolean => answerOn(socket) !== undefined;

/** True once the headers of an answer are sent, until its end. */
export const hasBegunAnswer = (socket: Socket): boolean => answerOn(socket)?.headersSent ?? false;

/**
 * An answer that is being made and has not begun, to a request that is there whole: whatever comes now belongs to the next
 * one.
 */
export function answerBeingMade(socket: Socket): ServerResponse | undefined {
  const answer = answerOn(socket);
  return answer?.req.complete === true && !answer.headersSent ? answer : undefined;
}

const answerOn = (
  socket: Socket & { readonly _httpMessage?: ServerResponse | null },
): ServerResponse | undefined => socket._httpMessage ?? undefined;
