import type { Connection, Engine } from './engine.ts';

interface Kept {
  readonly setUp: string;
  readonly connection: Connection;
}

/**
 * Connections for statements that leave nothing behind on theirs. To open and set up one for each costs a
 * seventh of what a small insert takes, and 1 ms of a query's.
 */
export class KeptConnections {
  readonly #engine: Pick<Engine, 'connect'>;
  readonly #freeMax: number;
  /** The one that was used last comes last. */
  readonly #free: Kept[] = [];

  /** @param freeMax Connections that wait for use; of more, the one longest unused is closed. */
  constructor(engine: Pick<Engine, 'connect'>, freeMax: number) {
    this.#engine = engine;
    this.#freeMax = freeMax;
  }

  /**
   * @param setUp Statements that the connection is to have run before, and nothing else that stays; may be empty.
   * @throws what `run` and the set-up throw. The connection is then not used again.
   */
  async use<Result>(
    setUp: string,
    run: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    const at = this.#free.findLastIndex((kept) => kept.setUp === setUp);
    const [found] = at === -1 ? [] : this.#free.splice(at, 1);
    const connection = found?.connection ?? this.#engine.connect();
    let result: Result;
    try {
      if (found === undefined && setUp !== '') await connection.query(setUp, 'Null');
      result = await run(connection);
    } catch (error) {
      connection.close();
      throw error;
    }
    this.#free.push({ setUp, connection });
    if (this.#free.length > this.#freeMax) this.#free.shift()?.connection.close();
    return result;
  }

  /** When none is in use any more. */
  close(): void {
    for (const { connection } of this.#free.splice(0)) connection.close();
  }
}
