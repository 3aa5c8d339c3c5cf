/** Eight tables of 256: what a byte at distance 0 … 7 from the end of a block contributes. */
const tables = Array.from({ length: 8 }, () => new Int32Array(256));

/** The Castagnoli polynomial, bits reversed (RFC 3720, appendix B.4). */
const polynomial = 0x82f63b78;

const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

for (let byte = 0; byte < 256; byte++) {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++)
    remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
  t0[byte] = remainder;
}
for (let distance = 1; distance < 8; distance++)
  for (let byte = 0; byte < 256; byte++) {
    const before = tables[distance - 1]?.[byte] ?? 0;
    (tables[distance] ?? t0)[byte] = (before >>> 8) ^ (t0[before & 0xff] ?? 0);
  }

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

const look = (table: Int32Array, byte: number): number => table[byte & 0xff] as number;
