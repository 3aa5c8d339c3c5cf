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

  /** The records in their order; they share the buffer’s memory. */
  *[Symbol.iterator](): Generator<Buffer> {
    for (let at = 0; at < this.#end;) {
      const start = at + lengthBytes;
      at = start + this.#buffer.readUInt32LE(at);
      yield this.#buffer.subarray(start, at);
    }
  }
}
