import { readdirSync, readFileSync } from 'node:fs';

const directory = new URL('../../clickhouse/', import.meta.url);

/**
 * The statements that make the database `semarak`, in order: clickhouse/*.sql by file name, split at
 * a semicolon that ends a line. Each can be run again without effect.
 */
export const clickhouseStatements = (): string[] =>
  readdirSync(directory)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .flatMap((file) => readFileSync(new URL(file, directory), 'utf8').split(/;[ \t]*(?:\n|$)/))
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/^--.*$/gm, '').trim() !== '');
