import { Writable } from 'node:stream';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { logOptions } from './log.ts';

function written(fields: object): Record<string, unknown> {
  let text = '';
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  pino(logOptions({ service: 'accrual', level: 'info' }), sink).info(fields, 'said');
  return JSON.parse(text) as Record<string, unknown>;
}

describe('the log', () => {
  it('writes service, level by name and an RFC 3339 time', () => {
    const line = written({});
    expect(line).toMatchObject({ service: 'accrual', level: 'info', msg: 'said' });
    expect(line['time']).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
  });

  it.each(['name', 'address', 'birthDate', 'authorization', 'password', 'key', 'keys'])(
    'writes no %s, at the top or one level down',
    (field) => {
      const line = JSON.stringify(
        written({ [field]: 'secret-1', member: { [field]: 'secret-2' } }),
      );
      expect(line).not.toMatch(/secret/);
    },
  );

  it('keeps an error with its cause and stack', () => {
    const line = written({ err: new Error('outer', { cause: new Error('inner') }) });
    expect(line['err']).toMatchObject({ type: 'Error', message: 'outer: inner' });
  });
});
