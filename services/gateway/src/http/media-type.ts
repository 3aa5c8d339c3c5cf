/** A media type as RFC 9110 8.3.1 compares them: in lower case, and of its parameters the charset. */
export interface MediaType {
  readonly name: string;
  readonly charset: string | undefined;
}

const namePattern = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/;

/** What a Content-Type says; undefined for what is none. */
export function mediaTypeOf(contentType: string | undefined): MediaType | undefined {
  const [name = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const trimmed = name.trim();
  if (!namePattern.test(trimmed)) return undefined;
  let charset: string | undefined;
  for (const parameter of parameters) {
    const [key = '', value = ''] = parameter.split('=');
    if (key.trim() === 'charset') charset ??= value.trim().replace(/^"(.*)"$/, '$1');
  }
  return { name: trimmed, charset };
}

const readable: ReadonlySet<string | undefined> = new Set([undefined, 'utf-8', 'utf8', 'us-ascii']);

/** Whether text in a charset is read here: UTF-8 and what is a part of it. */
export const isReadable = (charset: string | undefined): boolean => readable.has(charset);

/**
 * Whether bytes are text in UTF-16 or UTF-32, by their mark or by the zero that every JSON in them has beside its first
 * character.
 */
export const isWideText = (bytes: Buffer): boolean => {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return false;
  const mark = (first << 8) | second;
  return mark === 0xfffe || mark === 0xfeff || first === 0 || second === 0;
};
