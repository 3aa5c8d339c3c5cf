import type { TopicName } from '@semarak/schemas';
import { done, refused, type Answer } from '../command-line/index.ts';
import type { Retried } from './retry.ts';
import { oneLine } from './text.ts';
import { derivedSentence } from './verdict.ts';

/** What a retry did, told in lines: each reason up to a limit, the rest in numbers. */
export class RetryReport {
  readonly #linesMax: number;
  readonly #lines: string[] = [];
  readonly #derived = new Map<TopicName, number>();
  #untold = 0;
  #written = 0;
  #standing = 0;
  #refused = 0;

  constructor(linesMax: number) {
    this.#linesMax = linesMax;
  }

  get isEmpty(): boolean {
    return this.#written + this.#standing + this.#refused + this.#derived.size === 0;
  }

  take(one: Retried): void {
    switch (one.type) {
      case 'written':
        this.#written++;
        this.#tell(`${one.place}: written again`);
        return;
      case 'stands_again':
        this.#standing++;
        this.#tell(`${one.place}: was written again before, at ${one.at}; nothing to do`);
        return;
      case 'refused':
        this.#refused++;
        this.#tell(`${one.place}: not written: ${oneLine(one.reason)}`);
        return;
      case 'derived':
        this.#derived.set(one.topic, (this.#derived.get(one.topic) ?? 0) + 1);
    }
  }

  /** 1 when something that was selected is not in its topic again. */
  answer(): Answer {
    if (this.isEmpty) return done(['No dead letters.']);
    const lines = [
      ...this.#lines,
      ...(this.#untold === 0 ? [] : [`… and ${this.#untold} more`]),
      ...[...this.#derived].map(
        ([topic, count]) => `${count} of ${topic}: ${derivedSentence(topic)}`,
      ),
      `${this.#written} written again, ${this.#standing} written before, ${this.#refused} not written.`,
    ];
    return this.#refused + this.#derived.size > 0 ? refused(lines) : done(lines);
  }

  #tell(line: string): void {
    if (this.#lines.length < this.#linesMax) this.#lines.push(line);
    else this.#untold++;
  }
}
