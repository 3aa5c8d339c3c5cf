import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bounded, port, readConfiguration, serverUrls } from './index.ts';

const schema = z.object({
  ...serverUrls,
  METRICS_PORT: port,
  BATCH_RECORDS_MAX: bounded({ min: 1, max: 5_000, default: 2_000 }),
});
const right = {
  KAFKA_BROKERS: 'a:9092,b:9092',
  SCHEMA_REGISTRY_URL: 'http://registry:8081/apis/ccompat/v7',
  REDIS_URL: 'redis://redis:6379',
  CLICKHOUSE_URL: 'http://clickhouse:8123',
  METRICS_PORT: '9101',
};

describe('readConfiguration', () => {
  it('reads brokers as a list and fills in defaults', () => {
    const configuration = readConfiguration(schema, right);
    expect(configuration.KAFKA_BROKERS).toEqual(['a:9092', 'b:9092']);
    expect(configuration.BATCH_RECORDS_MAX).toBe(2_000);
  });

  it('names every wrong and every missing variable at once', () => {
    const wrong = {
      ...right,
      KAFKA_BROKERS: 'nowhere',
      REDIS_URL: undefined,
      METRICS_PORT: '70000',
    };
    expect(() => readConfiguration(schema, wrong)).toThrow(
      /KAFKA_BROKERS: must be host:port[^]*REDIS_URL is not set[^]*METRICS_PORT/,
    );
  });

  it('does not repeat a value, which may be a secret', () => {
    const wrong = { ...right, REDIS_URL: 'http://user:hunter2@redis' };
    expect(() => readConfiguration(schema, wrong)).toThrow(/^(?![^]*hunter2)/);
  });

  it('takes an empty variable as not set', () => {
    expect(readConfiguration(schema, { ...right, BATCH_RECORDS_MAX: '' }).BATCH_RECORDS_MAX).toBe(
      2_000,
    );
  });
});
