import { bufferOf, type Letter } from './letter.ts';

const bytesPerLine = 16;

/** What a list tells of a dead letter: never what is in its bytes. */
export interface Listed {
  readonly place: string;
  readonly failedAt: string;
  readonly reason: string;
  /** Null: the record had no value. */
  readonly bytes: number | null;
  /** Null: it had none. Undefined: it may tell of a person. */
  readonly key: string | null | undefined;
  readonly reader: string;
}

/** Keys of `members` are ids; what looks like anything else is not told. */
const memberId = /^[\w.-]{1,64}\/[\w.:-]{1,64}$/;

export function listed({ place, content }: Letter): Listed {
  const key = keyText(content.key);
  const isHidden = content.sourceTopic === 'members' && key !== null && !memberId.test(key);
  return {
    place,
    failedAt: new Date(content.failedAt).toISOString(),
    reason: content.reason,
    bytes: content.value === null ? null : content.value.length,
    key: isHidden ? undefined : key,
    reader: content.reader,
  };
}

/** One line. */
export function listLine({ place, failedAt, reason, bytes, key }: Listed): string {
  const size = bytes === null ? 'no value' : `${bytes} bytes`;
  return `${place}  ${failedAt}  ${oneLine(reason)}  ${size}  ${keyWords(key)}`;
}

const keyWords = (key: string | null | undefined): string => {
  if (key === undefined) return 'key hidden';
  return key === null ? 'no key' : `key ${oneLine(key)}`;
};

/** Text as it is, other bytes in hexadecimal. */
export function keyText(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  const buffer = Buffer.from(bytes);
  const text = buffer.toString('utf8');
  return Buffer.from(text, 'utf8').equals(buffer) ? text : `0x${buffer.toString('hex')}`;
}

/** Control characters, which would break a line or move a terminal's cursor, as JSON writes them. */
export const oneLine = (text: string): string =>
  text.replace(
    // eslint-disable-next-line no-control-regex -- they are what is looked for.
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Offset, sixteen bytes in hexadecimal, and what of them is printable ASCII; a line each. */
export function hexDump(bytes: Uint8Array | null, bytesMax: number): string[] {
  const buffer = bufferOf(bytes);
  if (buffer === null) return ['no value'];
  if (buffer.length === 0) return ['no bytes'];
  const lines: string[] = [];
  for (let at = 0; at < Math.min(buffer.length, bytesMax); at += bytesPerLine) {
    const part = buffer.subarray(at, Math.min(at + bytesPerLine, bytesMax));
    const hex = part.toString('hex').replace(/../g, '$& ').trimEnd();
    const ascii = part.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
    lines.push(
      `${at.toString(16).padStart(8, '0')}  ${hex.padEnd(bytesPerLine * 3 - 1)}  ${ascii}`,
    );
  }
  if (buffer.length > bytesMax) lines.push(`… ${buffer.length - bytesMax} bytes more`);
  return lines;
}
