import { expect, it } from 'vitest';
import { kafkaFlush } from './kafka-flush.ts';

it('is left to the operating system unless KAFKA_FLUSH says otherwise, and refused by that name', () => {
  expect(kafkaFlush({})).toBe('system');
  expect(kafkaFlush({ KAFKA_FLUSH: 'append' })).toBe('append');
  expect(() => kafkaFlush({ KAFKA_FLUSH: 'often' })).toThrow(/KAFKA_FLUSH/);
});
