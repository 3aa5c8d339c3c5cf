/** What Redis answers to one command; an error that it answers is a value here. */
export type Reply = string | number | Buffer | null | Error | readonly Reply[];

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const firstBytes = 65_536;

/**
 * Commands in Redis' protocol, one behind the other in one buffer that is used again:
 * https://redis.io/docs/latest/develop/reference/protocol-spec/.
 */
export class Commands {
  #buffer = Buffer.allocUnsafe(firstBytes);
  #at = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#at = 0;
    this.#count = 0;
  }

  /** Valid until the next command is begun. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  /** Begins a command of so many arguments, its name included; they have to follow. */
  begin(args: number): void {
    this.#reserve(32);
    this.#letter(0x2a);
    this.#decimal(args);
    this.#count++;
  }

  /** An argument of letters below 256, each of which is one byte. */
  argument(text: string): void {
    const { length } = text;
    this.#reserve(length + 32);
    this.#letter(0x24);
    this.#decimal(length);
    for (let index = 0; index < length; index++) this.#letter(text.charCodeAt(index));
    this.#endLine();
  }

  #decimal(value: number): void {
    if (value < 10) this.#letter(0x30 + value);
    else for (const digit of String(value)) this.#letter(digit.charCodeAt(0));
    this.#endLine();
  }

  #endLine(): void {
    this.#letter(carriageReturn);
    this.#letter(lineFeed);
  }

  #letter(code: number): void {
    this.#buffer[this.#at++] = code;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

/** Reads replies out of the pieces in which they arrive. Throws on what is no reply. */
export class Replies {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  add(piece: Buffer): void {
    this.#bytes =
      this.#at === this.#bytes.length
        ? piece
        : Buffer.concat([this.#bytes.subarray(this.#at), piece]);
    this.#at = 0;
  }

  /** The next reply; undefined while it has not arrived whole. */
  next(): Reply | undefined {
    const from = this.#at;
    const reply = this.#read();
    if (reply === undefined) this.#at = from;
    return reply;
  }

  #read(): Reply | undefined {
    const end = this.#bytes.indexOf('\r\n', this.#at, 'latin1');
    if (end < 0) return undefined;
    const type = this.#bytes[this.#at];
    const from = this.#at + 1;
    this.#at = end + 2;
    switch (type) {
      case 0x2b:
        return this.#bytes.toString('latin1', from, end);
      case 0x2d:
        return new Error(this.#bytes.toString('latin1', from, end));
      case 0x3a:
        return this.#number(from, end);
      case 0x24:
        return this.#bulk(this.#number(from, end));
      case 0x2a:
        return this.#array(this.#number(from, end));
      default:
        throw new Error('Redis answered something that is not its protocol');
    }
  }

  #number(from: number, end: number): number {
    return Number(this.#bytes.toString('latin1', from, end));
  }

  #bulk(length: number): Buffer | null | undefined {
    if (length < 0) return null;
    const from = this.#at;
    this.#at = from + length + 2;
    return this.#at <= this.#bytes.length ? this.#bytes.subarray(from, from + length) : undefined;
  }

  #array(length: number): Reply[] | null | undefined {
    if (length < 0) return null;
    const replies: Reply[] = [];
    while (replies.length < length) {
      const reply = this.#read();
      if (reply === undefined) return undefined;
      replies.push(reply);
    }
    return replies;
  }
}
