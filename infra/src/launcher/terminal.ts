/** Where lines go; process.stdout in production. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const elapsedWidth = 8;

/**
 * Lines that stay, each with the seconds since the start, and on a terminal one line below them that
 * is written over. Elsewhere, where nothing can be written over, a status is a line like any other.
 */
export class Terminal {
  readonly #output: Output;
  #status = '';

  constructor(output: Output) {
    this.#output = output;
  }

  /** How often a status should be refreshed, in milliseconds. */
  get statusEveryMs(): number {
    return this.#output.isTTY === true ? 1_000 : 10_000;
  }

  /** Prints a line with the time since the start. */
  line(text: string): void {
    this.block(`${elapsed()}  ${text}`);
  }

  /** Prints text as it is. */
  block(text: string): void {
    this.#clear();
    this.#output.write(`${text}\n`);
    this.#draw();
  }

  /** Replaces the status. */
  status(text: string): void {
    if (this.#output.isTTY !== true) {
      this.line(text);
      return;
    }
    this.#clear();
    this.#status = `${elapsed()}  ${text}`.slice(0, (this.#output.columns ?? 80) - 1);
    this.#draw();
  }

  /** Takes the status away. */
  endStatus(): void {
    this.#clear();
    this.#status = '';
  }

  #clear(): void {
    if (this.#status !== '') this.#output.write('\r\u001B[2K');
  }

  #draw(): void {
    if (this.#status !== '') this.#output.write(this.#status);
  }
}

function elapsed(): string {
  return `${process.uptime().toFixed(1)} s`.padStart(elapsedWidth);
}
