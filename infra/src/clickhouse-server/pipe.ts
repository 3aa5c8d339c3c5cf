import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';

/**
 * The reading end of a named pipe that the engine writes a result into. The pipe's small buffer
 * is what bounds memory: a reader that pauses stops the engine.
 */
export class PipeReader {
  readonly #socket: Socket;
  /** Open for reading and writing: the engine's open never blocks, and no early end is seen. */
  readonly #keeper: number;
  readonly #ended: Promise<void>;
  #isKept = true;

  constructor(path: string) {
    this.#keeper = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#ended = new Promise((resolve, reject) => {
      this.#socket.once('close', () => resolve());
      this.#socket.once('error', reject);
    });
    // Awaited in finish(); an error before that must not count as unhandled.
    this.#ended.catch(() => undefined);
  }

  onData(listener: (chunk: Buffer) => void): void {
    this.#socket.on('data', listener);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** After the engine has closed its end: resolves when every byte has been read. */
  async finish(): Promise<void> {
    if (this.#isKept) {
      this.#isKept = false;
      closeSync(this.#keeper);
    }
    await this.#ended;
  }
}
