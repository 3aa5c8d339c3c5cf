import type { Connection, Engine } from './engine.ts';

/**
 * Connections for statements that leave nothing behind on theirs. To open and set up one for each costs a
 * seventh of what a small insert takes.
 */
export class KeptConnections {
  readonly #engine: Pick<Engine, 'connect'>;
  readonly #free: Connection[] = [];

  constructor(engine: Pick<Engine, 'connect'>) {
    this.#engine = engine;
  }

  /** There are as many as are ever in use at once. One whose statement fails is not used again. */
  async use<Result>(run: (connection: Connection) => Promise<Result>): Promise<Result> {
    const connection = this.#free.pop() ?? this.#engine.connect();
    let result: Result;
    try {
      result = await run(connection);
    } catch (error) {
      connection.close();
      throw error;
    }
    this.#free.push(connection);
    return result;
  }

  /** When none is in use any more. */
  close(): void {
    for (const connection of this.#free.splice(0)) connection.close();
  }
}
