const textCharsMax = 200;

/**
 * The first place at which two values differ, as `path is …, should be …`; undefined when they are
 * deeply equal. Fields that one of them lacks count as undefined.
 */
export function unlike(is: unknown, should: unknown, path = ''): string | undefined {
  if (Object.is(is, should)) return undefined;
  if (typeof is !== 'object' || typeof should !== 'object' || is === null || should === null)
    return said(path, is, should);
  if (is instanceof Uint8Array || should instanceof Uint8Array)
    return is instanceof Uint8Array &&
      should instanceof Uint8Array &&
      Buffer.compare(is, should) === 0
      ? undefined
      : said(path, is, should);
  if (Array.isArray(is) && Array.isArray(should) && is.length !== should.length)
    return said(path, is, should);
  const before = is as Readonly<Record<string, unknown>>;
  const after = should as Readonly<Record<string, unknown>>;
  for (const name in after) {
    const found = unlike(before[name], after[name], path === '' ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  for (const name in before)
    if (!(name in after) && before[name] !== undefined)
      return said(path === '' ? name : `${path}.${name}`, before[name], undefined);
  return undefined;
}

const said = (path: string, is: unknown, should: unknown): string =>
  `${path === '' ? '' : `${path} `}is ${shown(is)}, should be ${shown(should)}`;

/** A value for a person, cut to a line’s length. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = value instanceof Uint8Array ? `${value.length} bytes` : JSON.stringify(value);
  return text.length <= textCharsMax ? text : `${text.slice(0, textCharsMax)}…`;
}
