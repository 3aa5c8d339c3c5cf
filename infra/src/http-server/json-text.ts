/** A value, or where its text stops being JSON, as words that go on after `The body`. */
export type ParsedJson =
  | { readonly type: 'value'; readonly value: unknown }
  | { readonly type: 'unreadable'; readonly message: string };

/**
 * What a text of JSON means. Of one that is none, or has a name twice in an object, of which the parser takes the
 * last without a word, only the place is told: what stands there may be personal. The parser's own message repeats
 * a part of it, and mostly without its place.
 */
export function parseJson(text: string): ParsedJson {
  const named = backslashNameAt(text);
  if (named !== undefined)
    return {
      type: 'unreadable',
      message: `has a field whose name holds a backslash, at character ${named + 1}`,
    };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { type: 'unreadable', message: faultInWords(text) };
  }
  // A value whose name comes again is not in what was parsed, and neither are the quotes of that name.
  if (quotesIn(text) === quotesOf(value)) return { type: 'value', value };
  const message = `has a field twice, again at character ${repeatedNameAt(text) + 1}`;
  return { type: 'unreadable', message };
}

const backslash = /\\(?:\\|u005[cC])/;

/**
 * The index of the first name that holds a backslash, in a text of JSON. Once V8 has read such a name, as of Node 24 it takes
 * others that are written with an escape for it: after `{"a":1,"\\\\":2}` it reads no `b` in `{"a":1,"\\u0062":2}`. So none
 * is handed to it.
 */
function backslashNameAt(text: string): number | undefined {
  if (!backslash.test(text) || faultAt(text) !== undefined) return undefined;
  let last = { found: '', at: 0 };
  for (const { 0: found, index: at } of text.matchAll(new RegExp(token, 'g'))) {
    if (found === ':' && backslash.test(last.found)) return last.at;
    last = { found, at };
  }
  return undefined;
}

/** Quotes of JSON that begin or end a string. */
function quotesIn(json: string): number {
  const text = json.includes('\\') ? json.replaceAll(/\\./g, '') : json;
  let quotes = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes++;
  return quotes;
}

/** Quotes of all strings and names in a value. It may be as deep as it likes. */
function quotesOf(value: unknown): number {
  let quotes = 0;
  const left: unknown[] = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one === 'string') quotes += 2;
    else if (Array.isArray(one)) for (const item of one) left.push(item);
    else if (typeof one === 'object' && one !== null)
      // Of what was parsed these are its own; Object.keys would make a list.
      for (const name in one) {
        const item: unknown = one[name as never];
        quotes += typeof item === 'string' ? 4 : 2;
        if (typeof item === 'object') left.push(item);
      }
  }
  return quotes;
}

/** The index in JSON of the first name that its object has already. */
function repeatedNameAt(text: string): number {
  const names: Set<string>[] = [];
  let last = { found: '', at: 0 };
  for (const { 0: found, index: at } of text.matchAll(new RegExp(token, 'g'))) {
    if (found === '{' || found === '[') names.push(new Set());
    else if (found === '}' || found === ']') names.pop();
    else if (found === ':') {
      const name = JSON.parse(last.found) as string;
      if (names.at(-1)?.has(name) === true) return last.at;
      names.at(-1)?.add(name);
    }
    last = { found, at };
  }
  return 0;
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
