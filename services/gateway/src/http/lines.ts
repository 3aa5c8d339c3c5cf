import { HttpProblem, inWords, type FieldProblem } from '@semarak/infra/http-server';
import { parseLine, type NdjsonBody } from './bodies.ts';
import type { WorkTurns } from './work-turns.ts';

export interface LineLimits {
  /** How long the lines of one request are worked on in one turn of the event loop. */
  readonly sliceMsMax: number;
  /** Bytes of a line; a longer one is invalid without being read. */
  readonly lineBytesMax: number;
  /** Characters of reasons in one answer; invalid lines beyond are told without. */
  readonly reasonLettersMax: number;
}

/** What a judge says of one item; what it is called, if that can be read, comes with a refusal. */
export type Judgement<Taken> =
  | { readonly type: 'admitted'; readonly taken: Taken }
  | {
      readonly type: 'refused';
      readonly name: Readonly<Record<string, string>>;
      readonly problems: readonly FieldProblem[];
    };

/** Of each line what is to be taken in, or the line of the answer that refuses it. */
export type JudgedLine<Taken> = { readonly taken: Taken } | { readonly answer: string };

/** Works on the lines of NDJSON bodies, a slice of time in each turn of the event loop. */
export class LineWork {
  readonly #turns: WorkTurns;
  readonly #limits: LineLimits;

  constructor(turns: WorkTurns, limits: LineLimits) {
    this.#turns = turns;
    this.#limits = limits;
  }

  /** @param key Whose body it is; keys take turns. */
  async judge<Taken>(
    { lines }: NdjsonBody,
    key: string,
    judgeItem: (item: unknown) => Judgement<Taken>,
  ): Promise<JudgedLine<Taken>[]> {
    const { lineBytesMax } = this.#limits;
    const judged: JudgedLine<Taken>[] = [];
    let lettersLeft = this.#limits.reasonLettersMax;
    await this.inSlices(lines, key, (line) => {
      const judgement = judgeLine(line, { lineBytesMax, judgeItem });
      if (judgement.type === 'admitted') {
        judged.push({ taken: judgement.taken });
        return;
      }
      const told = invalidLine(judgement);
      const isTold = told.length <= lettersLeft;
      lettersLeft = isTold ? lettersLeft - told.length : 0;
      judged.push({ answer: isTold ? told : this.#untoldLine(judgement.name) });
    });
    return judged;
  }

  /** Calls `work` with each item in order. */
  async inSlices<Item>(
    items: readonly Item[],
    key: string,
    work: (item: Item, index: number) => void,
  ): Promise<void> {
    let until = -Infinity;
    for (let index = 0; index < items.length; index++) {
      if (performance.now() >= until) {
        await this.#turns.next(key);
        until = performance.now() + this.#limits.sliceMsMax;
      }
      work(items[index] as Item, index);
    }
  }

  #untoldLine(name: Readonly<Record<string, string>>): string {
    const reason =
      `has problems that are not told: those of the lines before have the ${this.#limits.reasonLettersMax} ` +
      'characters (NDJSON_REASON_LETTERS_MAX) that an answer has for them';
    return `${JSON.stringify({ ...name, status: 'invalid', reason })}\n`;
  }
}

function judgeLine<Taken>(
  line: string,
  {
    lineBytesMax,
    judgeItem,
  }: { lineBytesMax: number; judgeItem: (item: unknown) => Judgement<Taken> },
): Judgement<Taken> {
  // A character is a byte at least, and three at most.
  const isTooLong =
    line.length > lineBytesMax ||
    (line.length * 3 > lineBytesMax && Buffer.byteLength(line) > lineBytesMax);
  const parsed = isTooLong
    ? {
        type: 'unreadable' as const,
        message: `is longer than ${lineBytesMax} bytes (NDJSON_LINE_BYTES_MAX)`,
      }
    : parseLine(line);
  if (parsed.type === 'value') return judgeItem(parsed.value);
  return { type: 'refused', name: {}, problems: [{ field: 'body', message: parsed.message }] };
}

function invalidLine(refused: Extract<Judgement<never>, { type: 'refused' }>): string {
  const { name, problems } = refused;
  return `${JSON.stringify({ ...name, status: 'invalid', reason: inWords(problems), errors: problems })}\n`;
}

/** The header that counts what became of the items of an NDJSON body, an RFC 8941 dictionary. */
export const itemsHeader = 'semarak-items';

/** Its value, such as `accepted=9998, duplicate=1, conflict=0, invalid=1`. */
export const itemsInWords = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([status, items]) => `${status}=${items}`)
    .join(', ');

/** For OpenAPI: NDJSON is answered 202 also when no line is good, so that this header is what tells. */
export const itemsHeaderShape = (statuses: string) => ({
  type: 'string',
  description:
    `Of NDJSON: how many items came to what, as in ${statuses}. The status of the whole answer is 202 also when ` +
    'not one item was taken.',
});

/** @throws HttpProblem 422 */
export function refuseItem(problems: readonly FieldProblem[]): never {
  throw new HttpProblem(422, `${inWords(problems)}.`, { errors: problems });
}
