import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { exception } from './exception.ts';

/** Bytes of request bodies that are in memory, over all requests. */
export class BodyMemory {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  take(bytes: number): boolean {
    if (this.#bytes + bytes > this.#bytesMax) return false;
    this.#bytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** A compression that Node 20 cannot read and the engine can. */
type EngineCompression = 'lz4' | 'zstd' | 'xz' | 'bz2';

export interface Body {
  readonly bytes: Buffer;
  /** What the bytes are still compressed with. */
  readonly compression: EngineCompression | 'none';
  /** Once the bytes are no longer used. */
  release(): void;
}

const engineCompressions: readonly EngineCompression[] = ['lz4', 'zstd', 'xz', 'bz2'];

function decoderFor(encoding: string): Transform | undefined {
  switch (encoding) {
    case '':
    case 'identity':
    case 'lz4':
    case 'zstd':
    case 'xz':
    case 'bz2':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw exception(
        'UNKNOWN_COMPRESSION_METHOD',
        `Unknown compression method ${encoding}; gzip, deflate, br, lz4, zstd, xz and bz2 are supported.`,
      );
  }
}

/**
 * Reads and decompresses a body. Of a body with a known length and no compression each byte is
 * copied once, into a buffer of its size.
 *
 * @throws DatabaseException TOO_LARGE_REQUEST (413), CANNOT_DECOMPRESS, ABORTED when the client
 * goes before the end or memory for bodies is used up.
 */
export async function readBody(options: {
  request: IncomingMessage;
  bytesMax: number;
  memory: BodyMemory;
}): Promise<Body> {
  const { request, bytesMax, memory } = options;
  const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
  const decoder = decoderFor(encoding);
  const length = Number(request.headers['content-length'] ?? Number.NaN);
  if (length > bytesMax) throw tooLarge(bytesMax);
  const source: Readable =
    decoder === undefined ? request : pipeline(request, decoder, () => undefined);
  const known = decoder === undefined && Number.isFinite(length) ? length : undefined;
  let taken = 0;
  try {
    const bytes = await collect({
      source,
      known,
      reserve: (size) => {
        if (taken + size > bytesMax) throw tooLarge(bytesMax);
        if (!memory.take(size)) {
          throw exception('ABORTED', 'Memory for request bodies is used up; send it again later.');
        }
        taken += size;
      },
    });
    const compression = engineCompressions.find((name) => name === encoding) ?? 'none';
    return { bytes, compression, release: () => memory.give(taken) };
  } catch (error) {
    memory.give(taken);
    if (
      error instanceof Error &&
      'code' in error &&
      /^(Z_|ERR_.*BROTLI|ERR__ERROR)/.test(String(error.code))
    ) {
      throw exception('CANNOT_DECOMPRESS', `Cannot decompress the body: ${error.message}`, error);
    }
    throw error;
  }
}

function tooLarge(bytesMax: number): Error {
  return exception('TOO_LARGE_REQUEST', `The request body is larger than ${bytesMax} bytes.`);
}

async function collect(options: {
  source: Readable;
  known: number | undefined;
  reserve: (size: number) => void;
}): Promise<Buffer> {
  const { source, known, reserve } = options;
  if (known !== undefined) {
    reserve(known);
    const bytes = Buffer.allocUnsafe(known);
    let at = 0;
    for await (const chunk of source as AsyncIterable<Buffer>) at += chunk.copy(bytes, at);
    return at === known ? bytes : bytes.subarray(0, at);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of source as AsyncIterable<Buffer>) {
    reserve(chunk.length);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}
