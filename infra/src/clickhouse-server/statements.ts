import type { Catalogue } from './catalogue.ts';
import type { User } from './credentials.ts';
import { exception, fromEngine } from './exception.ts';
import type { KeptConnections } from './kept-connections.ts';
import { quoteString } from './sql.ts';
import { holdExpressions, holdToDatabase } from './statement-reach.ts';
import { areLiterals } from './values-literals.ts';

/** Statements longer than this are judged each time. */
const keptTextLengthMax = 16 * 1024;

/**
 * Reads what users send as the engine's own formatter writes it: one statement without comments and
 * unusual quotes. Judged and run is that text, so nothing depends on our reading the original as the
 * engine does. The role's grants hold it a second time.
 */
export class Statements {
  readonly #connections: KeptConnections;
  readonly #catalogue: Catalogue;
  readonly #textBytesMax: number;
  readonly #keptMax: number;
  /** Statements that were accepted, by user and text as sent; the last one used comes last. */
  readonly #kept = new Map<string, string>();

  constructor(options: {
    connections: KeptConnections;
    catalogue: Catalogue;
    textBytesMax: number;
    keptMax: number;
  }) {
    this.#connections = options.connections;
    this.#catalogue = options.catalogue;
    this.#textBytesMax = options.textBytesMax;
    this.#keptMax = options.keptMax;
  }

  /**
   * The statement that is to run in place of the text.
   *
   * @throws DatabaseException SYNTAX_ERROR, and as `holdToDatabase` does.
   */
  async accepted(options: { text: string; user: User }): Promise<string> {
    const { text, user } = options;
    const key = text.length <= keptTextLengthMax ? `${user}\n${text}` : undefined;
    const kept = key === undefined ? undefined : this.#kept.get(key);
    const written = kept ?? (await this.#formatted(text));
    if (kept === undefined) holdToDatabase({ text: written, catalogue: this.#catalogue, user });
    if (key !== undefined) this.#keep(key, written);
    return written;
  }

  /**
   * Holds the data of an INSERT in the format Values, which may hold expressions.
   *
   * @throws DatabaseException SYNTAX_ERROR where the engine cannot read the rows as one list, and as
   * `holdExpressions` does.
   */
  async holdValues(options: { data: string; user: User }): Promise<void> {
    const { data, user } = options;
    if (areLiterals(data)) return;
    // Read as hexadecimal digits by one reader of strings in the engine, and not by the other.
    if (/\\x(?![0-9A-Fa-f]{2})/.test(data)) {
      throw exception(
        'SYNTAX_ERROR',
        'Syntax error: \\x without two hexadecimal digits in VALUES.',
      );
    }
    const text = await this.#formatted(`SELECT ${data.replace(/[\s;]+$/, '')}`);
    holdExpressions({ text, catalogue: this.#catalogue, user });
  }

  async #formatted(text: string): Promise<string> {
    if (Buffer.byteLength(text) > this.#textBytesMax) {
      throw exception('SYNTAX_ERROR', `Max query size exceeded: ${this.#textBytesMax} bytes.`);
    }
    // Each character may take two in the literal.
    const setUp = `SET max_query_size = ${2 * this.#textBytesMax + 1_024}`;
    try {
      const result = await this.#connections.use(setUp, (connection) =>
        connection.query(`SELECT formatQuerySingleLine(${quoteString(text)})`, 'TSVRaw'),
      );
      return result.bytes.toString('utf8').replace(/\n$/, '');
    } catch (error) {
      const failure = fromEngine(error);
      failure.message = failure.message.replace(/: In scope SELECT formatQuery[\s\S]*$/, '');
      throw failure;
    }
  }

  #keep(key: string, written: string): void {
    this.#kept.delete(key);
    this.#kept.set(key, written);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#keptMax && oldest !== undefined) this.#kept.delete(oldest);
  }
}
