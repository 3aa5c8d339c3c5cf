import { describe, expect, it } from 'vitest';
import { isReadable, isWideText, mediaTypeOf } from './media-type.ts';

describe('mediaTypeOf', () => {
  it.each([
    ['application/json', { name: 'application/json', charset: undefined }],
    ['Application/X-NDJSON', { name: 'application/x-ndjson', charset: undefined }],
    [' application/json ; Charset="UTF-8"', { name: 'application/json', charset: 'utf-8' }],
    ['application/json;a=b; charset=utf-16', { name: 'application/json', charset: 'utf-16' }],
    ['json', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j', (header, expected) => {
    expect(mediaTypeOf(header)).toEqual(expected);
  });
});

it('reads UTF-8 alone', () => {
  expect([undefined, 'utf-8', 'us-ascii', 'utf-16', 'latin1'].map(isReadable)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

it.each([
  [Buffer.from('\uFEFF{}', 'utf16le'), true],
  [Buffer.from('{}', 'utf16le'), true],
  [Buffer.from('{}', 'utf16le').swap16(), true],
  [Buffer.from('\uFEFF{}'), false],
  [Buffer.from('{}'), false],
  [Buffer.from('{'), false],
  [Buffer.alloc(0), false],
])('tells UTF-16 from UTF-8: %o', (bytes, expected) => {
  expect(isWideText(bytes)).toBe(expected);
});
