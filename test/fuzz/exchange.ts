import { connect } from 'node:net';

/** A client that hears nothing for so long says that it has sent everything. */
const quietMs = 500;
/** After that, and after an answer has begun, the server has so long. */
const endedWithinMs = 30_000;
const answerBytesKept = 4_096;

/** What came back of one message: the beginning of the answer, and how the connection ended. */
export interface Heard {
  readonly answer: string;
  readonly ended: 'by_server' | 'by_us' | 'hangs' | 'refused';
}

/** Sends bytes over a connection of their own and takes the beginning of what comes back. */
export function exchange(port: number, bytes: Buffer): Promise<Heard> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    let isConnected = false;
    const settle = (ended: Heard['ended']): void => {
      clearTimeout(quiet);
      clearTimeout(late);
      socket.destroy();
      resolve({ answer, ended });
    };
    const late = setTimeout(() => settle('hangs'), endedWithinMs);
    const quiet = setTimeout(() => socket.end(), quietMs);
    socket.once('connect', () => {
      isConnected = true;
      socket.write(bytes);
      quiet.refresh();
    });
    socket.on('data', (chunk: Buffer) => {
      answer = (answer + chunk.toString('latin1')).slice(0, answerBytesKept);
      // The head is what is judged; what a client leaves unread is one more nuisance.
      if (answer.includes('\r\n\r\n')) settle('by_us');
    });
    socket.once('error', () => settle(isConnected ? 'by_server' : 'refused'));
    socket.once('close', () => settle('by_server'));
  });
}
