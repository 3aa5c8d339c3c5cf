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

/**
 * Sends a message over a connection of its own. One that is not whole is followed by the end of what the
 * client sends, so that nobody waits for the rest.
 */
export function exchange(options: ExchangeOptions): Promise<Heard> {
  const { port, message, answerMsMax, reads } = options;
  const asked = completenessOf(message);
  const isHead = /^[\r\n]*HEAD /.test(message.toString('latin1', 0, 16));
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let isConnected = false;
    let text = '';
    const settle = (ended: Heard['ended']): void => {
      clearTimeout(late);
      socket.destroy();
      const [, digits] = /^HTTP\/1\.1 (\d{3}) /.exec(text) ?? [];
      const status = digits === undefined ? undefined : Number(digits);
      resolve({ asked, status, answer: text.slice(0, answerKept), ended });
    };
    const late = setTimeout(() => settle('hangs'), answerMsMax);
    const over = (): void => {
      if (!isConnected) settle('refused');
      else if (text === '') settle('closed');
      else settle(rest(text, isHead) === 'until_close' ? 'answered' : 'cut_off');
    };
    socket.once('connect', () => {
      isConnected = true;
      if (asked === 'complete') socket.write(message);
      else socket.end(message);
    });
    socket.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString('latin1')).replace(interim, '');
      const left = rest(text, isHead);
      if (left === 'none' || (reads === 'head' && left !== 'head')) settle('answered');
    });
    socket.once('end', over);
    socket.once('error', over);
  });
}

/** What is still to come of an answer. */
function rest(text: string, isHead: boolean): 'head' | 'body' | 'until_close' | 'none' {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return 'head';
  const head = text.slice(0, end);
  if (isHead || /^HTTP\/1\.1 (?:204|304) /.test(head)) return 'none';
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  if (length !== undefined) return text.length - end - 4 < Number(length) ? 'body' : 'none';
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return 'until_close';
  return text.includes('\r\n0\r\n\r\n', end) ? 'none' : 'body';
}
