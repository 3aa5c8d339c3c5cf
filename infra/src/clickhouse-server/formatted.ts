import type { Connection } from './engine.ts';
import { fromEngine } from './exception.ts';
import { quoteString } from './sql.ts';

/**
 * The statement as the engine's own formatter writes it, without comments and unusual quotes.
 *
 * @throws DatabaseException SYNTAX_ERROR
 */
export async function formatted(connection: Connection, text: string): Promise<string> {
  try {
    const result = await connection.query(
      `SELECT formatQuerySingleLine(${quoteString(text)})`,
      'TSVRaw',
    );
    return result.bytes.toString('utf8').replace(/\n$/, '');
  } catch (error) {
    const failure = fromEngine(error);
    failure.message = failure.message.replace(/: In scope SELECT formatQuery[\s\S]*$/, '');
    throw failure;
  }
}
