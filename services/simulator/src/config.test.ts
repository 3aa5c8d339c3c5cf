import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSimulatorConfiguration } from './config.ts';

const urls = { GATEWAY_URL: 'http://127.0.0.1:1', CLICKHOUSE_URL: 'http://127.0.0.1:2' };

describe('the configuration', () => {
  const directory = mkdtempSync(join(tmpdir(), 'semarak-simulator-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const keysFile = (content: string): string => {
    const path = join(directory, 'keys.json');
    writeFileSync(path, content);
    return path;
  };

  it('takes the keys from the file, and those of the environment before them', () => {
    const content = { import: 'import-of-file', analyst: 'analyst-of-file', desk: 'other' };
    const KEYS_FILE = keysFile(JSON.stringify(content));
    const own = { ...urls, KEYS_FILE, IMPORT_KEY: 'import-of-environment' };
    expect(readSimulatorConfiguration(own).keys).toEqual({
      import: 'import-of-environment',
      analyst: 'analyst-of-file',
    });
  });

  it('names everything that is wrong and repeats no key', () => {
    const wrong = { GATEWAY_URL: 'gateway', IMPORT_KEY: 'short', SIMULATION_SEED: '-1' };
    expect(() => readSimulatorConfiguration(wrong)).toThrow(
      /GATEWAY_URL[^]*CLICKHOUSE_URL is not set[^]*IMPORT_KEY[^]*SIMULATION_SEED/,
    );
    expect(() => readSimulatorConfiguration(urls)).toThrow('KEYS_FILE is not set');
    const KEYS_FILE = keysFile('{"import": "hush"}');
    expect(() => readSimulatorConfiguration({ ...urls, KEYS_FILE })).toThrow(
      /import: .*8 characters[^]*analyst/,
    );
    expect(() => readSimulatorConfiguration({ ...urls, KEYS_FILE })).not.toThrow('hush');
  });
});
