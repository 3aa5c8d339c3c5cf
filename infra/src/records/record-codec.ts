import { avroSchemas, type RecordName, type Typed } from '@semarak/schemas';
import avro, { type Schema, type Type } from 'avsc';

/** Confluent's wire format: a magic byte 0, the schema id as four bytes big-endian, the Avro body. */
const headerBytes = 5;

/** Memory that encoded records share: to allocate each one’s, and to copy it there, costs more than to write it. */
const memoryBytes = 64 * 1024;

/** An id that the registry did not have may be registered since: it is asked again after so long. */
const missingIdAskedAgainMs = 1_000;
/** Ids that the registry does not have, remembered; garbage names as many as it likes. */
const missingIdsMax = 100_000;

/** The bytes are no record of ours; `reason` says why. They belong into dead-letters. */
export class UnreadableRecord extends Error {
  readonly reason: string;
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

/**
 * A record's value. Throws UnreadableRecord when the record stands for a batch that could not be read: its value is then
 * the batch's bytes.
 */
export function valueOf(record: {
  readonly value: Buffer | null;
  readonly fault?: string;
}): Buffer | null {
  if (record.fault !== undefined) throw new UnreadableRecord(record.fault);
  return record.value;
}

/** Where schemas come from by id: the registry, or a table in tests. */
export interface SchemaSource {
  /** The schema of an id; undefined when the registry has no such id. Throws when it is out of reach. */
  schemaOf(id: number): Promise<object | undefined>;
}

/** What a value says of the schema that it was written with. */
export interface WrittenWith {
  readonly schemaId: number;
  /** Undefined: the registry has no such id. */
  readonly name: string | undefined;
}

interface Reader {
  readonly name: RecordName;
  readonly type: Type;
  readonly resolver: ReturnType<Type['createResolver']> | undefined;
}

/**
 * Reads and writes records in Confluent's wire format. Resolvers are kept by the writer's id, since
 * making one costs a thousand times what using it does.
 */
export class RecordCodec {
  readonly #ids: Readonly<Record<RecordName, number>>;
  readonly #source: SchemaSource;
  readonly #types: Readonly<Record<RecordName, Type>>;
  readonly #readers = new Map<number, Reader | UnreadableRecord>();
  /** Names of writers' schemas, also of those that cannot be read. */
  readonly #names = new Map<number, string>();
  readonly #missing = new Map<number, { error: UnreadableRecord; askedAt: number }>();
  /** Records are written into it one behind the other, and it is never written again. */
  #memory = Buffer.allocUnsafe(memoryBytes);
  #written = 0;

  constructor(options: { ids: Readonly<Record<RecordName, number>>; source: SchemaSource }) {
    this.#ids = options.ids;
    this.#source = options.source;
    this.#types = Object.fromEntries(
      Object.entries(avroSchemas).map(([name, schema]) => [name, typeOf(schema)]),
    ) as Record<RecordName, Type>;
    for (const [name, id] of Object.entries(options.ids) as [RecordName, number][]) {
      this.#readers.set(id, { name, type: this.#types[name], resolver: undefined });
      this.#names.set(id, name);
    }
  }

  /**
   * The record's bytes, for soon: they keep the memory of some hundred others from being freed. Throws
   * when the value does not fit its schema.
   */
  encode(record: Typed): Buffer {
    const start = this.#written;
    const end = this.#types[record.type].encode(record.value, this.#memory, start + headerBytes);
    if (end < 0) {
      // So much is missing.
      const bytes = this.#memory.length - start - end;
      this.#memory = Buffer.allocUnsafe(Math.max(bytes, memoryBytes));
      this.#written = 0;
      return this.encode(record);
    }
    this.#memory[start] = 0;
    this.#memory.writeUInt32BE(this.#ids[record.type], start + 1);
    this.#written = end;
    return this.#memory.subarray(start, end);
  }

  /**
   * Fetches the schemas of ids not met before; after it `decode` knows every value given here. An id
   * that the registry did not have is asked for again, at most once a second: it may be there by now.
   * Throws when the registry cannot be reached.
   */
  async prepare(values: Iterable<Buffer | null>): Promise<void> {
    for (const value of values) {
      if (value === null || value.length < headerBytes || value[0] !== 0) continue;
      const id = value.readUInt32BE(1);
      if (!this.#readers.has(id)) await this.#learn(id);
    }
  }

  /** The schema that a value which `prepare` has seen names; undefined when it names none. */
  writtenWith(value: Buffer | null): WrittenWith | undefined {
    if (value === null || value.length < headerBytes || value[0] !== 0) return undefined;
    const schemaId = value.readUInt32BE(1);
    return { schemaId, name: this.#names.get(schemaId) };
  }

  /** Reads a value that `prepare` has seen. Throws UnreadableRecord. */
  decode(value: Buffer | null): Typed {
    if (value === null || value.length < headerBytes)
      throw new UnreadableRecord('value is too short');
    if (value[0] !== 0) throw new UnreadableRecord('value does not begin with the magic byte 0');
    const id = value.readUInt32BE(1);
    const reader = this.#readers.get(id) ?? this.#missing.get(id)?.error;
    if (reader === undefined) throw new Error('decode met a schema id that prepare has not seen');
    if (reader instanceof UnreadableRecord) throw reader;
    return { type: reader.name, value: bodyOf(value, reader) } as Typed;
  }

  async #learn(id: number): Promise<void> {
    const missing = this.#missing.get(id);
    const now = performance.now();
    if (missing !== undefined && now - missing.askedAt < missingIdAskedAgainMs) return;
    const schema = await this.#source.schemaOf(id);
    if (schema !== undefined) {
      this.#readers.set(id, this.#readerOf(id, schema));
      this.#missing.delete(id);
      return;
    }
    const error = new UnreadableRecord(`schema id ${id} is not in the registry`);
    this.#missing.set(id, { error, askedAt: now });
    const [oldest] = this.#missing.keys();
    if (this.#missing.size > missingIdsMax && oldest !== undefined) this.#missing.delete(oldest);
  }

  #readerOf(id: number, schema: object): Reader | UnreadableRecord {
    const name = (schema as { name?: string }).name?.replace(/^.*\./, '') ?? '';
    this.#names.set(id, name);
    if (!(name in this.#types))
      return new UnreadableRecord(`schema id ${id} is of "${name}", which is unknown here`);
    const type = this.#types[name as RecordName];
    try {
      return { name: name as RecordName, type, resolver: type.createResolver(typeOf(schema)) };
    } catch (error) {
      return new UnreadableRecord(`schema id ${id} does not resolve to today’s ${name}`, error);
    }
  }
}

/** Read where it lies, behind the header. */
function bodyOf(value: Buffer, { name, type, resolver }: Reader): unknown {
  let read: { readonly value: unknown; readonly offset: number };
  try {
    read = type.decode(value, headerBytes, resolver);
  } catch (error) {
    throw new UnreadableRecord(`body is no ${name}: ${String(error)}`, error);
  }
  if (read.offset === value.length) return read.value;
  const what = read.offset < 0 ? 'truncated buffer' : 'trailing data';
  throw new UnreadableRecord(`body is no ${name}: ${what}`);
}

function typeOf(schema: object): Type {
  return avro.Type.forSchema(schema as Schema, { omitRecordMethods: true });
}
