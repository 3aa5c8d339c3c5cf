/** A value, or where its text stops being JSON, as words that go on after `The body`. */
export type ParsedJson =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'unreadable'; readonly message: string };

/**
 * What a text of JSON means. Of one that is none only the place is told, as what stands there may be personal;
 * the parser's own message repeats a part of it, and mostly without its place.
 */
export function parseJson(text: string): ParsedJson {
  try {
    return { type: 'value', value: JSON.parse(text) };
  } catch {
    return { type: 'unreadable', message: faultInWords(text) };
  }
}

function faultInWords(text: string): string {
  const at = faultAt(text);
  if (at === undefined) return 'is not JSON';
  return at === text.length
    ? 'is not JSON: it ends too early'
    : `is not JSON from character ${at + 1} on`;
}

const blank = /[ \t\n\r]*/y;
/** RFC 8259. */
const token =
  /[{}[\],:]|"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[ !#-[\]-\uffff]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

type Place = 'value' | 'first value' | 'name' | 'first name' | 'colon' | 'after value';

/**
 * The index of the first token that cannot stand where it stands, the text's length when there should be more,
 * undefined for JSON.
 */
export function faultAt(text: string): number | undefined {
  /** What closes the objects and arrays that are open. */
  const closing: string[] = [];
  let place: Place = 'value';
  for (let at = 0; ; at = token.lastIndex) {
    blank.lastIndex = at;
    blank.test(text);
    token.lastIndex = blank.lastIndex;
    const start = token.lastIndex;
    if (start === text.length)
      return place === 'after value' && closing.length === 0 ? undefined : start;
    const [found] = token.exec(text) ?? [];
    const next: Place | undefined =
      found === undefined ? undefined : placeAfter(found, place, closing);
    if (next === undefined) return start;
    place = next;
  }
}

/** Where a token leads from a place, with `closing` kept; undefined: it may not stand there. */
function placeAfter(found: string, place: Place, closing: string[]): Place | undefined {
  const isFirst = place === 'first value' || place === 'first name';
  if (found === closing.at(-1) && (isFirst || place === 'after value')) {
    closing.pop();
    return 'after value';
  }
  switch (place) {
    case 'name':
    case 'first name':
      return found.startsWith('"') ? 'colon' : undefined;
    case 'colon':
      return found === ':' ? 'value' : undefined;
    case 'value':
    case 'first value':
      if (found === '{') {
        closing.push('}');
        return 'first name';
      }
      if (found === '[') {
        closing.push(']');
        return 'first value';
      }
      return '}],:'.includes(found) ? undefined : 'after value';
    case 'after value':
      if (found !== ',' || closing.length === 0) return undefined;
      return closing.at(-1) === '}' ? 'name' : 'value';
  }
}
