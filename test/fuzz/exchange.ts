import { connect } from 'node:net';
import { completenessOf, type Completeness } from './completeness.ts';

/** What came back of one message. */
export interface Heard {
  /** Whether the server had to answer. */
  readonly asked: Completeness;
  /** Of the final answer; undefined when none came. */
  readonly status: number | undefined;
  /** Its head and the beginning of its body. */
  readonly answer: string;
  /**
   * `answered`: a whole answer, or one of which the rest is left unread; `cut_off`: one that ends
   * too early; `closed`: none at all; `hangs`: nothing more within the time; `refused`: no connection.
   */
  readonly ended: 'answered' | 'cut_off' | 'closed' | 'hangs' | 'refused';
}

export interface ExchangeOptions {
  readonly port: number;
  readonly message: Buffer;
  /** From the connection to the end of the answer. */
  readonly answerMsMax: number;
  /** `head`: the client goes once it has the head, as one more nuisance. */
  readonly reads: 'whole' | 'head';
}

const answerKept = 8_192;
const interim = /^HTTP\/1\.1 1\d\d [^\r]*\r\n(?:[^\r]+\r\n)*\r\n/;
const endOfHead = '\r\n\r\n';
const endOfChunks = '\r\n0\r\n\r\n';

/**
 * Sends a message over a connection of its own. One that is not whole is followed by the end of what the
 * client sends, so that nobody waits for the rest.
 */
export function exchange(options: ExchangeOptions): Promise<Heard> {
  const { port, message, answerMsMax, reads } = options;
  const asked = completenessOf(message);
  const answer = new AnswerReader({
    hasBody: !/^[\r\n]*HEAD /.test(message.toString('latin1', 0, 16)),
  });
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let isConnected = false;
    const settle = (ended: Heard['ended']): void => {
      clearTimeout(late);
      socket.destroy();
      const { kept } = answer;
      const [, digits] = /^HTTP\/1\.1 (\d{3}) /.exec(kept) ?? [];
      const status = digits === undefined ? undefined : Number(digits);
      resolve({ asked, status, answer: kept, ended });
    };
    const late = setTimeout(() => settle('hangs'), answerMsMax);
    const over = (): void => {
      if (!isConnected) settle('refused');
      else if (answer.kept === '') settle('closed');
      else settle(answer.left === 'until_close' ? 'answered' : 'cut_off');
    };
    socket.once('connect', () => {
      isConnected = true;
      if (asked === 'complete') socket.write(message);
      else socket.end(message);
    });
    socket.on('data', (chunk: Buffer) => {
      answer.take(chunk.toString('latin1'));
      const { left } = answer;
      if (left === 'none' || (reads === 'head' && left !== 'head')) settle('answered');
    });
    socket.once('end', over);
    socket.once('error', over);
  });
}

/** Reads an answer as it comes, one character a byte, and forgets what is behind its beginning. */
class AnswerReader {
  readonly #hasBody: boolean;
  /** What is still to come. */
  left: 'head' | 'body' | 'until_close' | 'none' = 'head';
  /** The head and the beginning of the body. */
  kept = '';
  /** Of a body with a length. */
  #missing: number | undefined;
  #tail = '';

  constructor({ hasBody }: { readonly hasBody: boolean }) {
    this.#hasBody = hasBody;
  }

  take(text: string): void {
    if (this.left !== 'head') {
      this.#keep(text);
      this.#takeBody(text);
      return;
    }
    const all = (this.kept + text).replace(interim, '');
    const end = all.indexOf(endOfHead);
    this.kept = end === -1 ? all : '';
    if (end === -1) return;
    this.#keep(all);
    this.#begin(all.slice(0, end));
    // What ends the head may begin what ends the chunks.
    this.#takeBody(all.slice(end + endOfHead.length), '\r\n');
  }

  #keep(text: string): void {
    if (this.kept.length < answerKept) this.kept = (this.kept + text).slice(0, answerKept);
  }

  #begin(head: string): void {
    const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
    if (!this.#hasBody || /^HTTP\/1\.1 (?:204|304) /.test(head)) this.left = 'none';
    else if (length !== undefined) this.#missing = Number(length);
    else if (!/\r\ntransfer-encoding: *chunked/i.test(head)) this.left = 'until_close';
    if (this.left === 'head') this.left = 'body';
  }

  #takeBody(text: string, before = ''): void {
    if (this.left !== 'body') return;
    if (this.#missing !== undefined) {
      this.#missing -= text.length;
      if (this.#missing <= 0) this.left = 'none';
      return;
    }
    const seen = before + this.#tail + text;
    if (seen.includes(endOfChunks)) this.left = 'none';
    this.#tail = seen.slice(1 - endOfChunks.length);
  }
}
