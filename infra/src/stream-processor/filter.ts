import type { SourcePosition } from './logic.ts';

/** The last applied event of one source partition. */
interface Applied {
  readonly topic: string;
  readonly partition: number;
  offset: number;
  ordinal: number;
}

/**
 * What a reader of derived topics has applied, by source. Producers may write an event again after a
 * crash, always with the same id and in order, so whatever is not above the last one applied is a
 * repeat, unless it says that its source restarts there. It is kept and committed with the reader's own
 * state: apart from it, it would be worth nothing.
 */
export class Filter {
  /** As they were met: a few, of which the same one or its neighbours come one after another. */
  readonly #sources: Applied[];
  #newest: Applied | undefined;

  private constructor(sources: Applied[]) {
    this.#sources = sources;
  }

  /** Reads what `encode` wrote; the empty text is a filter that has applied nothing. */
  static decode(text: string): Filter {
    const entries = text === '' ? [] : text.split(',');
    return new Filter(
      entries.map((entry) => {
        const match = /^(\S+)\/(\d+):(-?\d+):(\d+)$/.exec(entry);
        if (match === null) throw new Error(`"${entry}" is no entry of a filter`);
        const [, topic, ...numbers] = match as unknown as [string, string, ...string[]];
        const [partition, offset, ordinal] = numbers.map(Number) as [number, number, number];
        return { topic, partition, offset, ordinal };
      }),
    );
  }

  /** `topic/partition:offset:ordinal`, joined by commas: a few dozen bytes a source partition. */
  encode(): string {
    return this.#sources
      .map((of) => `${of.topic}/${of.partition}:${of.offset}:${of.ordinal}`)
      .join(',');
  }

  /** Takes the event as applied and says true, or says false when it had been. */
  admit({ topic, partition, offset, ordinal, restarts = false }: SourcePosition): boolean {
    let last = this.#newest;
    if (last?.partition !== partition || last.topic !== topic) {
      last = this.#sources.find((of) => of.partition === partition && of.topic === topic);
      if (last === undefined) {
        this.#newest = { topic, partition, offset, ordinal };
        this.#sources.push(this.#newest);
        return true;
      }
      this.#newest = last;
    }
    if (offset === last.offset ? ordinal <= last.ordinal : offset < last.offset && !restarts)
      return false;
    last.offset = offset;
    last.ordinal = ordinal;
    return true;
  }

  copy(): Filter {
    return new Filter(this.#sources.map((of) => ({ ...of })));
  }
}
