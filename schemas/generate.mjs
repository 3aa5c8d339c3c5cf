/**
 * Writes src/generated/records.ts from avro/*.avsc: one TypeScript interface a record and the
 * schemas themselves, so that the Avro files are the only place where a record is described.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const directory = new URL('./avro/', import.meta.url);
const target = new URL('./src/generated/', import.meta.url);
const schemas = readdirSync(directory)
  .filter((file) => file.endsWith('.avsc'))
  .sort()
  .map((file) => JSON.parse(readFileSync(new URL(file, directory), 'utf8')));

const enums = new Map();
const records = schemas.map(interfaceOf);
const lines = [
  '/* Generated from avro/*.avsc by generate.mjs. */',
  ...[...enums].map(
    ([name, symbols]) => `export type ${name} = ${symbols.map((s) => `'${s}'`).join(' | ')};`,
  ),
  ...records,
  'export interface Records {',
  ...schemas.map(({ name }) => `  ${name}: ${name};`),
  '}',
  `export const avroSchemas: { readonly [Name in keyof Records]: object } = ${JSON.stringify(
    Object.fromEntries(schemas.map((schema) => [schema.name, schema])),
    null,
    2,
  )};`,
  '',
];
mkdirSync(target, { recursive: true });
writeFileSync(new URL('records.ts', target), lines.join('\n'));

function interfaceOf({ name, doc, fields }) {
  const members = fields.flatMap((field) => [
    ...(field.doc ? [`  /** ${field.doc} */`] : []),
    `  ${field.name}: ${typeOf(field.type)};`,
  ]);
  return [`/** ${doc} */`, `export interface ${name} {`, ...members, '}'].join('\n');
}

function typeOf(type) {
  if (Array.isArray(type)) return type.map(typeOf).join(' | ');
  if (typeof type === 'object') {
    if (type.type === 'enum') {
      enums.set(type.name, type.symbols);
      return type.name;
    }
    if (type.type === 'record')
      return `{ ${type.fields.map((field) => `${field.name}: ${typeOf(field.type)}`).join('; ')} }`;
    if (type.type === 'array') return `(${typeOf(type.items)})[]`;
    return typeOf(type.type);
  }
  const primitive = {
    string: 'string',
    int: 'number',
    long: 'number',
    boolean: 'boolean',
    bytes: 'Uint8Array',
    null: 'null',
  }[type];
  if (primitive) return primitive;
  if (enums.has(type)) return type;
  throw new Error(
    `generate.mjs knows no TypeScript type for the Avro type ${JSON.stringify(type)}`,
  );
}
