import type { Body } from './body.ts';
import { decompressedBody } from './compressed-body.ts';
import { structureOfTypes, type ExternalTable } from './external-tables.ts';
import { boundaryOf, partsOf } from './multipart.ts';
import { withParameters, type QueryRequest } from './request.ts';

/** A request with its body read. */
export interface Received {
  readonly request: QueryRequest;
  readonly body: Pick<Body, 'bytes' | 'compression'>;
  readonly externalTables: readonly ExternalTable[];
}

/**
 * Reads a body in compressed blocks, and one of multipart/form-data: its fields are what the URL may hold as
 * well, its files are tables of this request.
 *
 * @throws DatabaseException as `decompressedBody`, `partsOf` and `withParameters` do.
 */
export function receivedOf(options: {
  request: QueryRequest;
  contentType: string | undefined;
  body: Pick<Body, 'bytes' | 'compression'>;
  bytesMax: number;
  partsMax: number;
}): Received {
  const { request, contentType, bytesMax, partsMax } = options;
  const body =
    request.bodyFraming === 'plain'
      ? options.body
      : { ...options.body, bytes: decompressedBody({ bytes: options.body.bytes, bytesMax }) };
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return { request, body, externalTables: [] };
  const parts = partsOf({ body: body.bytes, boundary, partsMax });
  const fields = parts.filter(({ fileName }) => fileName === undefined);
  const files = parts.filter(({ fileName }) => fileName !== undefined);
  const given = new Map([
    ...request.tableParameters,
    ...fields.map(({ name, bytes }) => [name, bytes.toString('utf8')] as const),
  ]);
  const externalTables = files.map(({ name, bytes }): ExternalTable => {
    const structure = take(given, `${name}_structure`);
    const types = take(given, `${name}_types`);
    const format = take(given, `${name}_format`) ?? 'TabSeparated';
    return { name, structure: structure ?? structureOfTypes(types ?? ''), format, bytes };
  });
  return {
    request: withParameters(request, given),
    body: { bytes: Buffer.alloc(0), compression: 'none' },
    externalTables,
  };
}

function take(map: Map<string, string>, key: string): string | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}
