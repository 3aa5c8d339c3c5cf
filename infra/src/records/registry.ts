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

/**
 * Registers today's schema of every record under its own name, with BACKWARD compatibility, and
 * returns their ids; a schema that stands there already keeps its id. Throws RegistryUnavailable,
 * also when the registry refuses an incompatible schema.
 */
async function registerSchemas(
  registry: SchemaRegistry,
): Promise<Readonly<Record<RecordName, number>>> {
  const entries = Object.entries(avroSchemas).map(async ([name, schema]) => {
    try {
      const { id } = await registry.register(
        { type: SchemaType.AVRO, schema: JSON.stringify(schema) },
        { subject: `semarak.${name}`, compatibility: COMPATIBILITY.BACKWARD },
      );
      return [name, id] as const;
    } catch (error) {
      throw new RegistryUnavailable(`the registry did not take the schema of ${name}`, {
        cause: error,
      });
    }
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<RecordName, number>;
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
 * A codec for today's schemas, which it registers first. Throws RegistryUnavailable.
 */
export async function createCodec(options: { registryUrl: string }): Promise<RecordCodec> {
  const registry = createRegistry({ url: options.registryUrl });
  return new RecordCodec({ ids: await registerSchemas(registry), source: schemasById(registry) });
}
