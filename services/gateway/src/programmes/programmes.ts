import { compileRules, withClosedDay, type ProgrammeRules } from '@semarak/programme';
import {
  decodePublishedProgrammes,
  type ProgrammeDocument,
  type PublishedProgrammes,
} from '@semarak/schemas';

/** Bytes of accrual's own state of a partition; null: nothing has been published there yet. */
export type ReadPublished = () => Promise<Buffer | null>;

/**
 * The published programmes, as accrual knows them, read again and again. While they cannot be read,
 * the last that were known stay in use.
 */
export class Programmes {
  readonly #read: ReadPublished;
  readonly #onProblem: (error: unknown) => void;
  #bytes: Buffer | undefined;
  #rules: ReadonlyMap<string, ProgrammeRules> = new Map();
  #documents: readonly ProgrammeDocument[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #failing = false;

  constructor(options: { read: ReadPublished; onProblem: (error: unknown) => void }) {
    this.#read = options.read;
    this.#onProblem = options.onProblem;
  }

  /** Whether any programme is known. */
  get known(): boolean {
    return this.#rules.size > 0;
  }

  rulesOf(programme: string): ProgrammeRules | undefined {
    return this.#rules.get(programme);
  }

  /** Every campaign of every version of a programme: draws and gifts. */
  campaignsOf(programme: string): string[] {
    const campaigns = this.#documents
      .filter((document) => document.programme === programme)
      .flatMap(({ tickets, gifts }) => [...tickets, ...gifts].map(({ campaign }) => campaign));
    return [...new Set(campaigns)];
  }

  /**
   * Reads once. That it cannot be read or understood is told to `onProblem`, the first time of a row,
   * and changes nothing.
   */
  async refresh(): Promise<void> {
    try {
      const bytes = await this.#read();
      this.#failing = false;
      if (bytes === null || this.#bytes?.equals(bytes)) return;
      const published = decodePublishedProgrammes(bytes);
      this.#rules = rulesByProgramme(published);
      this.#documents = published.documents;
      this.#bytes = bytes;
    } catch (error) {
      if (!this.#failing) this.#onProblem(error);
      this.#failing = true;
    }
  }

  /** Reads once, then every so often until `stop`. */
  async follow(everyMs: number): Promise<void> {
    await this.refresh();
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.follow(everyMs), everyMs);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }
}

function rulesByProgramme({
  documents,
  closedDays,
}: PublishedProgrammes): Map<string, ProgrammeRules> {
  const names = new Set(documents.map(({ programme }) => programme));
  return new Map(
    [...names].map((name) => {
      const rules = compileRules(documents.filter(({ programme }) => programme === name));
      const closed = closedDays?.[name];
      return [name, closed === undefined ? rules : withClosedDay(rules, closed)];
    }),
  );
}
