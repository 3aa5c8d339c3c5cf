/** The Castagnoli polynomial, bits reversed (RFC 3720, appendix B.4). */
const polynomial = 0x82f63b78;

const t0 = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
  return remainder;
});

/** From what a byte contributes to what it does one place further from the end of a block. */
const further = (table: Int32Array): Int32Array =>
  table.map((before) => (before >>> 8) ^ look(t0, before));

const t1 = further(t0);
const t2 = further(t1);
const t3 = further(t2);
const t4 = further(t3);
const t5 = further(t4);
const t6 = further(t5);
const t7 = further(t6);

/** CRC-32C of the bytes from `start` to, and without, `end`: an unsigned number of 32 bits. */
export function crc32c(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  let at = start;
  // Eight bytes a turn ("slicing by 8"): their table look-ups do not wait for one another.
  for (; at + 8 <= end; at += 8) {
    const low =
      crc ^
      (byteAt(bytes, at) |
        (byteAt(bytes, at + 1) << 8) |
        (byteAt(bytes, at + 2) << 16) |
        (byteAt(bytes, at + 3) << 24));
    crc =
      look(t7, low) ^
      look(t6, low >>> 8) ^
      look(t5, low >>> 16) ^
      look(t4, low >>> 24) ^
      look(t3, byteAt(bytes, at + 4)) ^
      look(t2, byteAt(bytes, at + 5)) ^
      look(t1, byteAt(bytes, at + 6)) ^
      look(t0, byteAt(bytes, at + 7));
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ look(t0, crc ^ byteAt(bytes, at));
  return ~crc >>> 0;
}

const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] as number;

function look(table: Int32Array, byte: number): number {
  return table[byte & 0xff] as number;
}
