import { avroSchemas, type RecordName, type Records, type Typed } from '@semarak/schemas';
import { describe, expect, it, vi } from 'vitest';
import { RecordCodec, UnreadableRecord } from './record-codec.ts';

const ids = Object.fromEntries(
  Object.keys(avroSchemas).map((name, index) => [name, index + 1]),
) as Record<RecordName, number>;

const enrolled: Records['MemberEnrolled'] = {
  programme: 'pacific-place',
  memberId: 'M-1',
  enrolledAt: 1_417_410_000_000,
  receivedAt: 1_417_410_000_123,
};

const codecWith = (schemas: Record<number, object>) =>
  new RecordCodec({ ids, source: { schemaOf: (id) => Promise.resolve(schemas[id]) } });

/** The same record as another writer registered it. */
const writtenWith = (schema: object, id: number): Buffer => {
  const other = new RecordCodec({
    ids: { ...ids, MemberEnrolled: id },
    source: { schemaOf: () => Promise.resolve(schema) },
  });
  return other.encode({ type: 'MemberEnrolled', value: enrolled });
};

describe('RecordCodec', () => {
  it('writes the magic byte and the schema id before the body', () => {
    const bytes = codecWith({}).encode({ type: 'MemberEnrolled', value: enrolled });
    expect(bytes[0]).toBe(0);
    expect(bytes.readUInt32BE(1)).toBe(ids.MemberEnrolled);
  });

  it('reads back what it wrote', () => {
    const codec = codecWith({});
    const record: Typed = { type: 'MemberEnrolled', value: enrolled };
    expect(codec.decode(codec.encode(record))).toEqual(record);
  });

  it('writes records longer than its scratch space', () => {
    const codec = codecWith({});
    const document = 'x'.repeat(300_000);
    const record: Typed = {
      type: 'ProgrammePublished',
      value: { programme: 'p', version: 1, publishedAt: 0, partitions: 8, document, supersedes: 0 },
    };
    expect(codec.decode(codec.encode(record))).toEqual(record);
  });

  it('reads a record written under another id of a known schema', async () => {
    const id = 900;
    const codec = codecWith({ [id]: avroSchemas.MemberEnrolled });
    const bytes = writtenWith(avroSchemas.MemberEnrolled, id);
    await codec.prepare([bytes]);
    expect(codec.decode(bytes)).toEqual({ type: 'MemberEnrolled', value: enrolled });
  });

  it.each([
    ['nothing', null, 'too short'],
    ['four bytes', Buffer.from([0, 0, 0, 1]), 'too short'],
    ['another magic byte', Buffer.from([1, 0, 0, 0, 1, 0]), 'magic byte'],
    [
      'an id that the registry does not have',
      Buffer.from([0, 0, 0, 9, 9, 0]),
      'not in the registry',
    ],
    ['a cut body', Buffer.from([0, 0, 0, 0, ids.MemberEnrolled, 8]), 'body is no MemberEnrolled'],
  ])('refuses %s with a reason', async (_, bytes, reason) => {
    const codec = codecWith({});
    await codec.prepare([bytes]);
    expect(() => codec.decode(bytes)).toThrow(UnreadableRecord);
    expect(() => codec.decode(bytes)).toThrow(reason);
  });

  it('refuses a record of a name that is unknown here', async () => {
    const codec = codecWith({ 77: { type: 'record', name: 'semarak.Unheard', fields: [] } });
    const bytes = Buffer.from([0, 0, 0, 0, 77]);
    await codec.prepare([bytes]);
    expect(() => codec.decode(bytes)).toThrow('"Unheard", which is unknown here');
  });

  it('reads an id that was registered later, and tells what a value was written with', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const id = 900;
      const schemas: Record<number, object> = {};
      const codec = codecWith(schemas);
      const bytes = writtenWith(avroSchemas.MemberEnrolled, id);
      await codec.prepare([bytes]);
      expect(() => codec.decode(bytes)).toThrow('not in the registry');
      expect(codec.writtenWith(bytes)).toEqual({ schemaId: id, name: undefined });
      schemas[id] = avroSchemas.MemberEnrolled;
      await codec.prepare([bytes]);
      expect(() => codec.decode(bytes)).toThrow('not in the registry');
      vi.advanceTimersByTime(1_000);
      await codec.prepare([bytes]);
      expect(codec.decode(bytes)).toEqual({ type: 'MemberEnrolled', value: enrolled });
      expect(codec.writtenWith(bytes)).toEqual({ schemaId: id, name: 'MemberEnrolled' });
      expect(codec.writtenWith(Buffer.from('no record'))).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not take an unreachable registry for an unreadable record', async () => {
    const gone = new Error('gone');
    const codec = new RecordCodec({ ids, source: { schemaOf: () => Promise.reject(gone) } });
    await expect(codec.prepare([Buffer.from([0, 0, 0, 9, 9, 0])])).rejects.toBe(gone);
  });
});
