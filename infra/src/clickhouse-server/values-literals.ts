const number = /[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])/y;
const word = /(?:NULL|DEFAULT|TRUE|FALSE|NAN|[-+]?INF)(?![\w.(])/iy;
const hexadecimal = /x[0-9A-Fa-f]{2}/y;
const separators: ReadonlySet<string> = new Set(' \t\r\n\f\v(),[]{}:;');

/**
 * Whether the data of a VALUES clause holds literals alone, so that it calls nothing. Strings are
 * only what both readers of strings in the engine take for the same.
 */
export function areLiterals(data: string): boolean {
  let at = 0;
  while (at < data.length) {
    if (separators.has(data.charAt(at))) at += 1;
    else {
      const end =
        data[at] === "'" ? stringEnd(data, at) : (endOf(number, data, at) ?? endOf(word, data, at));
      if (end === undefined) return false;
      at = end;
    }
  }
  return true;
}

function endOf(pattern: RegExp, data: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(data) ? pattern.lastIndex : undefined;
}

/** Where the string that begins at an index ends; a quote in it is doubled or behind a backslash. */
function stringEnd(data: string, from: number): number | undefined {
  let at = from + 1;
  while (at < data.length) {
    const character = data[at];
    if (character === '\\') {
      const isHexadecimal = data[at + 1] === 'x';
      const end = isHexadecimal ? endOf(hexadecimal, data, at + 1) : at + 2;
      if (end === undefined) return undefined;
      at = end;
    } else if (character !== "'") at += 1;
    else if (data[at + 1] === "'") at += 2;
    else return at + 1;
  }
  return undefined;
}
