/*
 * CityHash128 of version 1.0.2 (Google, MIT licence): ClickHouse's checksum of compressed blocks.
 * Later versions of CityHash give other values.
 */
const k0 = 0xc3a5c85c97cb3127n;
const k1 = 0xb492b66fbe98f273n;
const k2 = 0x9ae16a3b2f90404fn;
const k3 = 0xc949d7c7509e6557n;
const kMul = 0x9ddfea08eb382d69n;

type Pair = readonly [low: bigint, high: bigint];

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

function rotate(value: bigint, shift: bigint): bigint {
  return shift === 0n ? value : u64((value >> shift) | (value << (64n - shift)));
}

function shiftMix(value: bigint): bigint {
  return value ^ (value >> 47n);
}

function mix(low: bigint, high: bigint): bigint {
  const a = shiftMix(u64((low ^ high) * kMul));
  return u64(shiftMix(u64((high ^ a) * kMul)) * kMul);
}

function hashUpTo16(bytes: Buffer): bigint {
  const length = BigInt(bytes.length);
  if (bytes.length > 8) {
    const a = bytes.readBigUInt64LE(0);
    const b = bytes.readBigUInt64LE(bytes.length - 8);
    return mix(a, rotate(u64(b + length), length)) ^ b;
  }
  if (bytes.length >= 4) {
    const a = BigInt(bytes.readUInt32LE(0));
    return mix(length + (a << 3n), BigInt(bytes.readUInt32LE(bytes.length - 4)));
  }
  if (bytes.length === 0) return k2;
  const y = BigInt(bytes.readUInt8(0) + (bytes.readUInt8(bytes.length >> 1) << 8));
  const z = length + BigInt(bytes.readUInt8(bytes.length - 1) << 2);
  return u64(shiftMix(u64(y * k2) ^ u64(z * k3)) * k2);
}

function weakHash(bytes: Buffer, at: number, seed: Pair): Pair {
  const z = bytes.readBigUInt64LE(at + 24);
  const start = seed[0] + bytes.readBigUInt64LE(at);
  const a = u64(start + bytes.readBigUInt64LE(at + 8) + bytes.readBigUInt64LE(at + 16));
  const b = rotate(u64(seed[1] + start + z), 21n) + rotate(a, 44n);
  return [u64(a + z), u64(b + start)];
}

function murmur(bytes: Buffer, seed: Pair): Pair {
  let [a, b] = seed;
  let c: bigint;
  let d: bigint;
  const length = bytes.length;
  if (length <= 16) {
    a = u64(shiftMix(u64(a * k1)) * k1);
    c = u64(b * k1 + hashUpTo16(bytes));
    d = shiftMix(u64(a + (length >= 8 ? bytes.readBigUInt64LE(0) : c)));
  } else {
    c = mix(u64(bytes.readBigUInt64LE(length - 8) + k1), a);
    d = mix(u64(b + BigInt(length)), u64(c + bytes.readBigUInt64LE(length - 16)));
    a = u64(a + d);
    for (let at = 0; at < length - 16; at += 16) {
      a = u64((a ^ u64(shiftMix(u64(bytes.readBigUInt64LE(at) * k1)) * k1)) * k1);
      b ^= a;
      c = u64((c ^ u64(shiftMix(u64(bytes.readBigUInt64LE(at + 8) * k1)) * k1)) * k1);
      d ^= c;
    }
  }
  a = mix(a, c);
  b = mix(d, b);
  return [a ^ b, mix(b, a)];
}

function hashWithSeed(bytes: Buffer, seed: Pair): Pair {
  if (bytes.length < 128) return murmur(bytes, seed);
  let [x, y] = seed;
  let z = u64(BigInt(bytes.length) * k1);
  const v0 = u64(rotate(y ^ k1, 49n) * k1 + bytes.readBigUInt64LE(0));
  let v: Pair = [v0, u64(rotate(v0, 42n) * k1 + bytes.readBigUInt64LE(8))];
  let w: Pair = [
    u64(rotate(u64(y + z), 35n) * k1 + x),
    u64(rotate(u64(x + bytes.readBigUInt64LE(88)), 53n) * k1),
  ];
  let at = 0;
  const wholeBlocksEnd = bytes.length - (bytes.length % 128);
  for (; at < wholeBlocksEnd; at += 64) {
    x = u64(rotate(u64(x + y + v[0] + bytes.readBigUInt64LE(at + 16)), 37n) * k1) ^ w[1];
    y = u64(rotate(u64(y + v[1] + bytes.readBigUInt64LE(at + 48)), 42n) * k1) ^ v[0];
    z = rotate(z ^ w[0], 33n);
    v = weakHash(bytes, at, [u64(v[1] * k1), u64(x + w[0])]);
    w = weakHash(bytes, at + 32, [u64(z + w[1]), y]);
    [z, x] = [x, z];
  }
  y = u64(y + rotate(w[0], 37n) * k0 + z);
  x = u64(x + rotate(u64(v[0] + z), 49n) * k0);
  const rest = bytes.length - at;
  for (let done = 32; done - 32 < rest; done += 32) {
    const from = bytes.length - done;
    y = u64(rotate(u64(y - x), 42n) * k0 + v[1]);
    const w0 = u64(w[0] + bytes.readBigUInt64LE(from + 16));
    x = u64(rotate(x, 49n) * k0 + w0);
    w = [u64(w0 + v[0]), w[1]];
    v = weakHash(bytes, from, v);
  }
  x = mix(x, v[0]);
  y = mix(y, w[0]);
  return [u64(mix(u64(x + v[1]), w[1]) + y), mix(u64(x + w[1]), u64(y + v[1]))];
}

/** Low and high half. */
export function cityHash128(bytes: Buffer): Pair {
  const length = BigInt(bytes.length);
  if (bytes.length >= 16) {
    const seed: Pair = [bytes.readBigUInt64LE(0) ^ k3, bytes.readBigUInt64LE(8)];
    return hashWithSeed(bytes.subarray(16), seed);
  }
  if (bytes.length >= 8) {
    const low = bytes.readBigUInt64LE(0) ^ u64(length * k0);
    return hashWithSeed(Buffer.alloc(0), [low, bytes.readBigUInt64LE(bytes.length - 8) ^ k1]);
  }
  return hashWithSeed(bytes, [k0, k1]);
}
