import { eventIdText, type Event } from './consumer-view.ts';
import type { Difference } from './differences.ts';
import { shown, unlike } from './unlike.ts';

/**
 * Compares the events of one source partition, as their consumers see them, with those expected. Both
 * rise by (sourceOffset, ordinal), so one walk along both finds what is missing, invented and changed.
 */
export class OrderedEvents {
  readonly #topic: string;
  readonly #batches: AsyncIterator<readonly Event[]>;
  readonly #report: (difference: Difference) => void;
  #batch: readonly Event[] = [];
  #at = 0;

  constructor(
    topic: string,
    of: {
      /** The events that are there. */
      readonly batches: AsyncIterable<readonly Event[]>;
      readonly report: (difference: Difference) => void;
    },
  ) {
    this.#topic = topic;
    this.#batches = of.batches[Symbol.asyncIterator]();
    this.#report = of.report;
  }

  /** The next event that should be there. */
  async expect(event: Event): Promise<void> {
    for (;;) {
      const found = this.#batch[this.#at] ?? (await this.#fill());
      if (found === undefined || isBefore(event, found)) {
        this.#tell(event, `${event.type} is missing, should be ${shown(event.value)}`);
        return;
      }
      this.#at++;
      if (!isBefore(found, event)) {
        this.#compare(found, event);
        return;
      }
      this.#invented(found);
    }
  }

  /** Nothing more should be there. */
  async finish(): Promise<void> {
    for (;;) {
      const found = this.#batch[this.#at] ?? (await this.#fill());
      if (found === undefined) return;
      this.#at++;
      this.#invented(found);
    }
  }

  #compare(found: Event, event: Event): void {
    const difference =
      found.type === event.type
        ? unlike(found.value, event.value)
        : `is ${found.type}, should be ${event.type}`;
    if (difference !== undefined) this.#tell(event, `${event.type} ${difference}`);
  }

  #invented(found: Event): void {
    this.#tell(found, `${found.type} is there, nothing should be; it says ${shown(found.value)}`);
  }

  #tell(event: Event, says: string): void {
    this.#report({ in: this.#topic, key: eventIdText(event.value), says });
  }

  async #fill(): Promise<Event | undefined> {
    for (;;) {
      const next = await this.#batches.next();
      if (next.done === true) return undefined;
      this.#batch = next.value;
      this.#at = 0;
      if (this.#batch.length > 0) return this.#batch[0];
    }
  }
}

const isBefore = ({ value: a }: Event, { value: b }: Event): boolean =>
  a.sourceOffset < b.sourceOffset || (a.sourceOffset === b.sourceOffset && a.ordinal < b.ordinal);
