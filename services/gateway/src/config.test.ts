import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readGatewayConfiguration } from './config.ts';

const keys = {
  terminal: 'terminal-secret',
  desk: 'desk-secret',
  import: 'import-secret',
  analyst: 'analyst-secret',
  operator: 'operator-secret',
};

describe('readGatewayConfiguration', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'semarak-keys-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function read(content: string, changes: Record<string, string> = {}) {
    const path = join(folder, 'keys.json');
    writeFileSync(path, content);
    return readGatewayConfiguration({
      KAFKA_BROKERS: 'localhost:9092',
      SCHEMA_REGISTRY_URL: 'http://localhost:8081',
      REDIS_URL: 'redis://localhost',
      CLICKHOUSE_URL: 'http://localhost:8123',
      HTTP_PORT: '8080',
      METRICS_PORT: '9100',
      KEYS_FILE: path,
      ...changes,
    });
  }

  it('reads the keys and gives every limit its default', () => {
    const { configuration, keys: found } = read(JSON.stringify(keys));
    expect(found).toEqual(keys);
    expect(configuration).toMatchObject({
      JSON_BODY_BYTES_MAX: 65_536,
      NDJSON_BODY_BYTES_MAX: 8_388_608,
      NDJSON_LINES_MAX: 10_000,
      WAIT_MS_MAX: 10_000,
      TIME_AHEAD_MS_MAX: 604_800_000,
      RECEIVED_BEFORE_MS_MAX: 86_400_000,
      AMOUNT_MAX: 1_000_000_000_000,
    });
  });

  it('takes no amount of which sums would not be exact', () => {
    const of = (AMOUNT_MAX: string) => read(JSON.stringify(keys), { AMOUNT_MAX });
    expect(of('1000000000000').configuration.AMOUNT_MAX).toBe(1e12);
    expect(() => of('1000000000001')).toThrow(/AMOUNT_MAX: .*1000000000000/);
  });

  it('names what is missing, twice the same, or out of bounds, and repeats no key', () => {
    const wrong: [string, RegExp][] = [
      [JSON.stringify({ ...keys, desk: undefined }), /desk/],
      [JSON.stringify({ ...keys, desk: 'short' }), /desk: must have/],
      [JSON.stringify({ ...keys, desk: keys.terminal }), /same key/],
      ['terminal-secret', /KEYS_FILE/],
    ];
    for (const [content, message] of wrong) {
      expect(() => read(content)).toThrow(message);
      expect(() => read(content)).toThrow(/^(?![^]*secret)/);
    }
    expect(() =>
      read(JSON.stringify(keys), { APPEND_LINGER_MS: '6', WAIT_MS_MAX: 'long' }),
    ).toThrow(/APPEND_LINGER_MS[^]*WAIT_MS_MAX/);
  });
});
