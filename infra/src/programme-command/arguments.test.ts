import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';
import { serversOf } from './servers.ts';

describe('the command line', () => {
  it('knows its four commands', () => {
    const servers = { type: 'environment' };
    expect(parseArguments(['check', 'a.json'])).toEqual({ type: 'check', file: 'a.json' });
    expect(parseArguments(['publish', 'a.json', '--data', 'd'])).toEqual({
      type: 'publish',
      file: 'a.json',
      servers: { type: 'data_folder', folder: 'd' },
    });
    expect(parseArguments(['list', '--port-base', '9000'])).toEqual({
      type: 'list',
      servers: { type: 'port_base', portBase: 9000 },
    });
    expect(parseArguments(['diff', 'a.json', 'mall@2'])).toEqual({
      type: 'diff',
      from: 'a.json',
      to: 'mall@2',
      servers,
    });
    expect(parseArguments(['diff', '--help'])).toEqual({ type: 'help' });
  });

  it.each([
    [[]],
    [['forget', 'a.json']],
    [['toString']],
    [['check']],
    [['check', 'a.json', 'b.json']],
    [['list', '--port-base', '9000.5']],
    [['list', '--port-base', '70000']],
    [['list', '--data', '']],
    [['list', '--data', 'd', '--port-base', '9000']],
    [['list', '--force']],
  ])('says what is wrong with %j', (args) => {
    expect(parseArguments(args)).toMatchObject({
      type: 'wrong_use',
      problem: expect.stringMatching(/\.$|unknown|option/i) as string,
    });
  });
});

describe('the servers', () => {
  const nowhere = { environment: {}, workingDir: '/' };

  it('are those of npm start where the environment does not say', () => {
    expect(serversOf({ type: 'environment' }, nowhere)).toMatchObject({
      KAFKA_BROKERS: ['127.0.0.1:8082'],
      REDIS_URL: 'redis://127.0.0.1:8084',
    });
    const environment = { KAFKA_BROKERS: 'kafka:9092', REDIS_URL: '' };
    expect(serversOf({ type: 'environment' }, { ...nowhere, environment })).toMatchObject({
      KAFKA_BROKERS: ['kafka:9092'],
      REDIS_URL: 'redis://127.0.0.1:8084',
    });
  });

  it('are those of the folder, by what its Kafka was given', () => {
    const workingDir = mkdtempSync(join(tmpdir(), 'semarak-programme-'));
    try {
      mkdirSync(join(workingDir, 'data', 'kafka'), { recursive: true });
      writeFileSync(
        join(workingDir, 'data', 'kafka', 'server.properties'),
        'node.id=1\nlisteners=PLAINTEXT://127.0.0.1:9002,CONTROLLER://127.0.0.1:9006\n',
      );
      const at = { environment: {}, workingDir };
      expect(serversOf({ type: 'data_folder', folder: 'data' }, at)).toMatchObject({
        KAFKA_BROKERS: ['127.0.0.1:9002'],
        REDIS_URL: 'redis://127.0.0.1:9004',
      });
      expect(() => serversOf({ type: 'data_folder', folder: 'none' }, at)).toThrow('none');
    } finally {
      rmSync(workingDir, { recursive: true });
    }
  });
});
