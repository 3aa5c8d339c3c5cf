import type { Catalogue, Column } from '../catalogue/catalogue.ts';

interface Document {
  readonly components?: { readonly schemas?: Record<string, unknown> };
}

/** The document with each report’s rows, as ClickHouse describes them; without them while it is away. */
export function openApi(document: object, catalogue: Catalogue | undefined): object {
  if (catalogue === undefined) return document;
  const { components } = document as Document;
  const rows = [...catalogue.values()].map(({ name, columns }): [string, unknown] => [
    `Row_${name}`,
    {
      type: 'object',
      description: `A row of /v1/reports/${name}`,
      properties: Object.fromEntries(columns.map((column) => [column.name, schemaOf(column)])),
      required: columns.map((column) => column.name),
    },
  ]);
  const schemas: Record<string, unknown> = Object.fromEntries(rows);
  return {
    ...document,
    components: { ...components, schemas: { ...components?.schemas, ...schemas } },
  };
}

function schemaOf({ type }: Column): object {
  const inner = /^(?:LowCardinality\()?Nullable\((.*?)\)+$/.exec(type)?.[1];
  const plain = inner ?? type.replace(/^LowCardinality\((.*)\)$/, '$1');
  const known = jsonTypeOf(plain);
  if (known === undefined) return { description: type };
  const { format } = known;
  return {
    type: inner === undefined ? known.type : [known.type, 'null'],
    ...(format === undefined ? {} : { format }),
    description: type,
  };
}

function jsonTypeOf(type: string): { type: string; format?: string } | undefined {
  if (/^U?Int\d+$/.test(type)) return { type: 'integer' };
  if (/^(Float|Decimal)/.test(type)) return { type: 'number' };
  if (/^Date(32)?$/.test(type)) return { type: 'string', format: 'date' };
  if (/^(String|FixedString|Enum|UUID|DateTime)/.test(type)) return { type: 'string' };
  return type === 'Bool' ? { type: 'boolean' } : undefined;
}
