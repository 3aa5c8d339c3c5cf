import { randomUUID } from 'node:crypto';
import { emptySummary } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Connection } from './engine.ts';
import { fromEngine } from './exception.ts';
import type { DatabaseException } from './exception.ts';
import type { Execution, Readable } from './execute.ts';
import { PipeReader } from './pipe.ts';
import { quoteString, withOutputClause } from './sql.ts';
import { withCalls } from './view-parameters.ts';

/**
 * Runs a statement on a connection that is set up for it, and writes its answer.
 *
 * @throws DatabaseException
 */
export async function readOn(options: {
  execution: Execution;
  connection: Connection;
  statement: Readable;
}): Promise<void> {
  const { execution, connection, statement } = options;
  const marker = `/* ${randomUUID()} */`;
  const { engine, running, request, user } = execution;
  const end = running.begin({
    queryId: request.queryId,
    user,
    text: statement.text,
    kill: () => void engine.kill(marker).catch(() => undefined),
  });
  const guard = cancelWhenGone({ execution, marker });
  try {
    // Awaited here, so that the guard stays until the statement has ended.
    if (statement.type === 'select') await stream({ execution, connection, statement, marker });
    else await hold({ execution, connection, statement, marker });
  } catch (error) {
    const failure = fromEngine(error);
    failure.message = failure.message.replaceAll(`\n${marker}`, '');
    throw await withCalls({
      error: failure,
      text: statement.text,
      use: (run) => execution.connections.use('', run),
    });
  } finally {
    end();
    guard.stop();
  }
}

interface Reading {
  readonly execution: Execution;
  readonly connection: Connection;
  readonly statement: Readable;
  readonly marker: string;
}

/** Statements with short results: SHOW, DESCRIBE, EXPLAIN, DDL. */
async function hold({ execution, connection, statement, marker }: Reading): Promise<void> {
  const { answer, request } = execution;
  const format = statement.format ?? request.defaultFormat;
  const { protocolRevision } = request;
  answer.describe({ format, compression: undefined, protocolRevision });
  const result = await connection.query(`${statement.text}\n${marker}`, format);
  answer.write(result.bytes);
  answer.end({
    ...emptySummary,
    resultRows: result.rows,
    elapsedS: result.elapsedS,
  });
}

/**
 * The engine formats and compresses the whole result itself and writes it into a pipe: the
 * library's own chunks are each a complete document, which for JSON or Parquet cannot be joined.
 */
async function stream({ execution, connection, statement, marker }: Reading): Promise<void> {
  const { answer, request, pipe, gone } = execution;
  const format = statement.format ?? request.defaultFormat;
  const { protocolRevision } = request;
  // The engine compresses what it writes, and blocks of a revision are completed only behind it.
  const isCompleted = protocolRevision > 0 && format === 'Native';
  const compression = isCompleted ? undefined : request.compression;
  answer.describe({ format, compression, protocolRevision });
  const level =
    request.compressionLevel === undefined || compression === undefined
      ? ''
      : ` LEVEL ${request.compressionLevel}`;
  const clause = `INTO OUTFILE ${quoteString(pipe)} TRUNCATE COMPRESSION '${compression ?? 'none'}'${level} FORMAT ${format}`;
  const reader = new PipeReader(pipe);
  const stall = new StallTimer(execution.config.CLICKHOUSE_RESPONSE_STALL_MS_MAX, execution.answer);
  let failure: DatabaseException | undefined;
  const isWritten = (chunk: Buffer): boolean => {
    try {
      return answer.write(chunk);
    } catch (error) {
      failure = fromEngine(error);
      execution.engine.kill(marker).catch(() => undefined);
      return true;
    }
  };
  reader.onData((chunk) => {
    if (failure !== undefined || gone.aborted || isWritten(chunk)) return;
    reader.pause();
    stall.start();
    answer.onDrain(() => {
      stall.stop();
      reader.resume();
    });
  });
  // What still comes for a client that has gone is thrown away, so that the engine can end.
  const discard = (): void => reader.resume();
  gone.addEventListener('abort', discard, { once: true });
  try {
    const text = withOutputClause({ text: statement.text, clause });
    const result = await connection.query(`${text}\n${marker}`, format);
    await reader.finish();
    if (failure !== undefined) throw failure;
    answer.end({
      ...emptySummary,
      resultRows: result.rows,
      elapsedS: result.elapsedS,
    });
  } catch (error) {
    await reader.finish();
    throw failure ?? withoutClause({ error, clause });
  } finally {
    stall.stop();
    gone.removeEventListener('abort', discard);
  }
}

/** Ends the connection of a client that has stopped reading. */
class StallTimer {
  readonly #ms: number;
  readonly #answer: Answer;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, answer: Answer) {
    this.#ms = ms;
    this.#answer = answer;
  }

  start(): void {
    this.stop();
    this.#timer = setTimeout(() => this.#answer.abandon(), this.#ms);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/** The engine quotes the statement in syntax errors; the pipe is nobody's business. */
function withoutClause(options: { error: unknown; clause: string }): Error {
  const error = fromEngine(options.error);
  error.message = error.message
    .replaceAll(options.clause, '')
    .replace(/(INTO )?OUTFILE '[^']*'?( TRUNCATE)?( COMPRESSION '\w*'?)?/g, '')
    .trimEnd();
  return error;
}

/** Cancels the statement once the client has gone, until it has ended. */
function cancelWhenGone(options: { execution: Execution; marker: string }): { stop(): void } {
  const { engine, gone, config } = options.execution;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const kill = (): void => {
    engine
      .kill(options.marker)
      .catch(() => undefined)
      .finally(() => {
        // The statement may not have been registered yet when it was first asked to stop.
        if (!isStopped) timer = setTimeout(kill, config.CLICKHOUSE_KILL_RETRY_MS);
      });
  };
  if (gone.aborted) kill();
  else gone.addEventListener('abort', kill, { once: true });
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      gone.removeEventListener('abort', kill);
    },
  };
}
