import type { SourcePosition } from './logic.ts';

/** The last applied event of one source partition. */
interface Applied {
  readonly offset: number;
  readonly ordinal: number;
}

/**
 * What a reader of derived topics has applied, by source. Producers may write an event again after a
 * crash, always with the same id and in order, so whatever is not above the last one applied is a
 * repeat. It is kept and committed with the reader's own state: apart from it, it would be worth
 * nothing.
 */
export class Filter {
  readonly #applied: Map<string, Applied>;

  private constructor(applied: Map<string, Applied>) {
    this.#applied = applied;
  }

  /** Reads what `encode` wrote; the empty text is a filter that has applied nothing. */
  static decode(text: string): Filter {
    const entries = text === '' ? [] : text.split(',');
    return new Filter(
      new Map(
        entries.map((entry) => {
          const match = /^(\S+\/\d+):(\d+):(\d+)$/.exec(entry);
          if (match === null) throw new Error(`"${entry}" is no entry of a filter`);
          const [, source, offset, ordinal] = match as unknown as [string, string, string, string];
          return [source, { offset: Number(offset), ordinal: Number(ordinal) }];
        }),
      ),
    );
  }

  /** `topic/partition:offset:ordinal`, joined by commas: a few dozen bytes a source partition. */
  encode(): string {
    return [...this.#applied]
      .map(([source, { offset, ordinal }]) => `${source}:${String(offset)}:${String(ordinal)}`)
      .join(',');
  }

  /** Takes the event as applied and says true, or says false when it had been. */
  admit(source: SourcePosition): boolean {
    const key = `${source.topic}/${String(source.partition)}`;
    const last = this.#applied.get(key);
    if (
      last !== undefined &&
      (source.offset < last.offset ||
        (source.offset === last.offset && source.ordinal <= last.ordinal))
    )
      return false;
    this.#applied.set(key, { offset: source.offset, ordinal: source.ordinal });
    return true;
  }

  copy(): Filter {
    return new Filter(new Map(this.#applied));
  }
}
