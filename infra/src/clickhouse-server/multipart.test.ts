import { describe, expect, it } from 'vitest';
import { boundaryOf, partsOf } from './multipart.ts';

const read = (body: string) =>
  partsOf({ body: Buffer.from(body), boundary: 'b', partsMax: 2 }).map(
    ({ name, fileName, bytes }) => [name, fileName, bytes.toString()],
  );

describe('multipart/form-data', () => {
  it('names its boundary', () => {
    expect(boundaryOf('multipart/form-data; boundary=abc')).toBe('abc');
    expect(boundaryOf('Multipart/Form-Data; charset=x; boundary="a b"')).toBe('a b');
    expect(boundaryOf('text/plain')).toBeUndefined();
    expect(boundaryOf(undefined)).toBeUndefined();
    expect(() => boundaryOf('multipart/form-data')).toThrow(/no boundary/);
  });

  it('has parts with names, contents as they are, and perhaps names of files', () => {
    expect(
      read(
        'preamble\r\n--b\r\ncontent-disposition: form-data; name=query\r\n\r\nSELECT 1\r\n--b--',
      ),
    ).toEqual([['query', undefined, 'SELECT 1']]);
    const file =
      '--b\r\nContent-Disposition: form-data; name="t"; filename="t.csv"\r\nContent-Type: text/plain\r\n\r\n1\r\n2\r\n\r\n--b--\r\n';
    expect(read(file)).toEqual([['t', 't.csv', '1\r\n2\r\n']]);
    expect(read('--b--')).toEqual([]);
  });

  it.each([
    '',
    '--b\r\n',
    '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx',
    '--b\r\n\r\n\r\nx\r\n--b--',
    '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--',
    '--b\r\nno head\r\n--b--',
    `${'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'.repeat(3)}--b--`,
  ])('that is none is refused: %j', (body) => {
    expect(() => read(body)).toThrow(/no multipart\/form-data/);
  });
});
