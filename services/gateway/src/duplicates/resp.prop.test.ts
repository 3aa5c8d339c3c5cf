import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Commands, Replies, type Reply } from './resp.ts';

const { reply } = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.stringMatching(/^[A-Z ]{0,12}$/),
    fc.stringMatching(/^[A-Z ]{1,12}$/).map((text) => new Error(text)),
    fc.integer(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie('reply'), { maxLength: 5 }),
  ),
}));

function encoded(value: Reply): Buffer {
  if (value === null) return Buffer.from('$-1\r\n');
  if (typeof value === 'string') return Buffer.from(`+${value}\r\n`);
  if (typeof value === 'number') return Buffer.from(`:${value}\r\n`);
  if (value instanceof Error) return Buffer.from(`-${value.message}\r\n`);
  if (Buffer.isBuffer(value))
    return Buffer.concat([Buffer.from(`$${value.length}\r\n`), value, Buffer.from('\r\n')]);
  return Buffer.concat([Buffer.from(`*${value.length}\r\n`), ...value.map(encoded)]);
}

describe('replies', () => {
  it('are read whole, wherever they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(reply, { maxLength: 6 }),
        fc.array(fc.nat({ max: 30 }), { minLength: 1 }),
        (sent, sizes) => {
          const bytes = Buffer.concat(sent.map(encoded));
          const replies = new Replies();
          const read: Reply[] = [];
          for (let at = 0, piece = 0; at < bytes.length; piece++) {
            const size = 1 + (sizes[piece % sizes.length] ?? 0);
            replies.add(bytes.subarray(at, at + size));
            at += size;
            for (let next = replies.next(); next !== undefined; next = replies.next())
              read.push(next);
          }
          expect(read).toEqual(sent);
        },
      ),
    );
  });

  it('are nothing else', () => {
    const replies = new Replies();
    replies.add(Buffer.from('HTTP/1.1 400\r\n'));
    expect(() => replies.next()).toThrow('not its protocol');
  });
});

describe('commands', () => {
  it('hold any bytes, and are begun anew', () => {
    const commands = new Commands();
    commands.begin(1);
    commands.argument('PING');
    commands.clear();
    commands.begin(2);
    commands.argument('GET');
    commands.argument('é\r\n\0'.repeat(30_000));
    expect(commands.count).toBe(1);
    const key = 'é\r\n\0'.repeat(30_000);
    expect(commands.bytes().toString('latin1')).toBe(`*2\r\n$3\r\nGET\r\n$120000\r\n${key}\r\n`);
  });
});
