const initialBytes = 4_096;
const lengthBytes = 4;

/** Records one after the other in one growing buffer: a few bytes more than they have themselves. */
export class PackedRecords {
  #buffer = Buffer.allocUnsafe(initialBytes);
  #end = 0;

  add(value: Buffer): void {
    const needed = this.#end + lengthBytes + value.length;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#end);
      this.#buffer = larger;
    }
    this.#end = this.#buffer.writeUInt32LE(value.length, this.#end);
    this.#end += value.copy(this.#buffer, this.#end);
  }

  /** Where the next record will be. */
  get end(): number {
    return this.#end;
  }

  /** The records between two places that were the `end`, in order; they share the buffer’s memory. */
  *between({ from, to }: { readonly from: number; readonly to: number }): Generator<Buffer> {
    for (let at = from; at < to;) {
      const start = at + lengthBytes;
      at = start + this.#buffer.readUInt32LE(at);
      yield this.#buffer.subarray(start, at);
    }
  }
}
