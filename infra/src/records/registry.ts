import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { avroSchemas, type RecordName } from '@semarak/schemas';
import { RecordCodec, type SchemaSource } from './record-codec.ts';

/** The schema registry did not answer as it should; `cause` has what happened. */
export class RegistryUnavailable extends Error {
  readonly code = 'registry_unavailable';
}

/** A registry client that retries for a few seconds before it gives up. */
const createRegistry = (options: { url: string }): SchemaRegistry =>
  new SchemaRegistry({
    host: options.url,
    retry: { initialRetryTimeInSecs: 0.1, maxRetryTimeInSecs: 2, retries: 8 },
  });

/** The records of the log name ids that the registry no longer has. */
class RegistryLost extends Error {
  readonly code = 'registry_lost';
}

const names = Object.keys(avroSchemas).sort() as RecordName[];

const subjectOf = (name: RecordName): string => `semarak.${name}`;

const confluentSchema = (name: RecordName) => ({
  type: SchemaType.AVRO as const,
  schema: JSON.stringify(avroSchemas[name]),
});

/**
 * Registers today's schema of every record under its own name, with BACKWARD compatibility; one that
 * stands there already keeps its id. Throws RegistryUnavailable, also when the registry refuses an
 * incompatible schema, and RegistryLost when there are records in the log but none of their schemas:
 * ids given anew would be other ones, and records be read as what they are not.
 */
export async function registerSchemas(options: {
  readonly registryUrl: string;
  readonly recordsInLog: number;
}): Promise<void> {
  const { registryUrl, recordsInLog } = options;
  if (recordsInLog > 0) {
    const subjects = await subjectsOf(registryUrl);
    if (!names.some((name) => subjects.has(subjectOf(name))))
      throw new RegistryLost(
        `The schema registry has no schema of ours, but the log has ${recordsInLog} records that ` +
          'name their ids: restore the registry’s data from a copy.',
      );
  }
  const registry = createRegistry({ url: registryUrl });
  // One after the other, so that a new registry gives the same ids everywhere.
  for (const name of names)
    try {
      await registry.register(confluentSchema(name), {
        subject: subjectOf(name),
        compatibility: COMPATIBILITY.BACKWARD,
      });
    } catch (error) {
      throw new RegistryUnavailable(`the registry did not take the schema of ${name}`, {
        cause: error,
      });
    }
}

async function subjectsOf(registryUrl: string): Promise<ReadonlySet<string>> {
  try {
    const response = await fetch(`${registryUrl}/subjects`);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return new Set((await response.json()) as string[]);
  } catch (error) {
    throw new RegistryUnavailable('the registry did not list its subjects', { cause: error });
  }
}

async function idOf(registry: SchemaRegistry, name: RecordName): Promise<number> {
  try {
    return await registry.getRegistryIdBySchema(subjectOf(name), confluentSchema(name));
  } catch (error) {
    if ((error as Error).name === 'ConfluentSchemaRegistryError')
      throw new RegistryLost(
        `The schema registry does not know today’s schema of ${name}: run the provisioning; if the ` +
          'registry has lost its data, restore it from a copy.',
        { cause: error },
      );
    throw new RegistryUnavailable(`the registry did not give the id of ${name}`, { cause: error });
  }
}

/** Schemas by id from the registry. */
const schemasById = (registry: SchemaRegistry): SchemaSource => ({
  async schemaOf(id) {
    try {
      const found: unknown = await registry.getSchema(id);
      return schemaObject(found);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw new RegistryUnavailable(`the registry did not give schema ${id}`, { cause: error });
    }
  },
});

/** The library wraps avsc's type, whose toJSON gives the schema without documentation. */
function schemaObject(found: unknown): object {
  const type = found as { schema?: (options: object) => object; toJSON?: () => object };
  if (typeof type.schema === 'function') return type.schema({ exportAttrs: true });
  throw new RegistryUnavailable('the registry gave something that is no Avro schema');
}

function isNotFound(error: unknown): boolean {
  return (error as { status?: number }).status === 404;
}

/**
 * A codec for today's schemas, which the provisioning has registered. Throws RegistryUnavailable, and
 * RegistryLost when the registry does not know one of them.
 */
export async function createCodec(options: { registryUrl: string }): Promise<RecordCodec> {
  const registry = createRegistry({ url: options.registryUrl });
  const ids = await Promise.all(names.map(async (name) => [name, await idOf(registry, name)]));
  return new RecordCodec({
    ids: Object.fromEntries(ids) as Record<RecordName, number>,
    source: schemasById(registry),
  });
}
