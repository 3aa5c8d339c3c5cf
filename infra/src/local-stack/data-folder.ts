import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverPorts } from './ports.ts';

/**
 * The base that the folder's system was started with, by the port that its Kafka was given. Throws a
 * sentence when no system was ever started there.
 */
export function portBaseOf(folder: string): number {
  let properties: string;
  try {
    properties = readFileSync(join(folder, 'kafka', 'server.properties'), 'utf8');
  } catch (cause) {
    throw new Error(`No system was ever started with --data ${folder}.`, { cause });
  }
  const port = /^listeners=PLAINTEXT:\/\/127\.0\.0\.1:(\d+)/m.exec(properties)?.[1];
  if (port === undefined) throw new Error(`${folder} does not tell the port of its Kafka.`);
  return Number(port) - serverPorts(0).kafka;
}

/** The password of ClickHouse's owner in the folder's keys; undefined where there is none to be read. */
export function ownerKeyOf(folder: string): string | undefined {
  try {
    const keys: unknown = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8'));
    const isObject = typeof keys === 'object' && keys !== null && 'owner' in keys;
    return isObject && typeof keys.owner === 'string' ? keys.owner : undefined;
  } catch {
    return undefined;
  }
}
