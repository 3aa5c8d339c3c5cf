import type { Chance } from '../faults/chance.ts';
import * as odd from './oddities.ts';

/** A request that a server takes. */
export interface SoundRequest {
  readonly method: string;
  readonly target: string;
  /** A line of a header that lets somebody in. */
  readonly credentials?: string;
  readonly mediaType?: string;
  readonly body?: string;
}

/** A request that is not written yet. */
interface Draft {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly headers: readonly string[];
  readonly body: string;
  readonly framing: 'length' | 'wrong_length' | 'chunks' | 'odd_chunks' | 'none';
  readonly lineEnd: string;
}

/** Makes one thing of a request wrong. */
type Defect = (draft: Draft, chance: Chance) => Draft;

const oneOf = <Item>(chance: Chance, items: readonly Item[]): Item => {
  const item = items[chance(items.length)];
  if (item === undefined) throw new Error('there is nothing to choose from');
  return item;
};

const withBody = (draft: Draft, body: string): Draft => ({
  ...draft,
  body,
  framing: draft.framing === 'none' ? 'length' : draft.framing,
});

const defects: readonly Defect[] = [
  (draft, chance) => ({ ...draft, method: oneOf(chance, odd.methods) }),
  (draft, chance) => ({ ...draft, target: oneOf(chance, odd.targets) }),
  (draft, chance) => ({ ...draft, target: damagedText(chance, draft.target) }),
  (draft, chance) => ({ ...draft, version: oneOf(chance, odd.versions) }),
  (draft, chance) => ({ ...draft, lineEnd: oneOf(chance, odd.lineEnds) }),
  withOddHeader,
  withOddHeader,
  (draft, chance) => ({ ...draft, headers: draft.headers.filter(() => chance(3) > 0) }),
  (draft, chance) => {
    const at = chance(draft.headers.length + 1);
    const change = (line: string) => damagedText(chance, line);
    return { ...draft, headers: draft.headers.map((line, i) => (i === at ? change(line) : line)) };
  },
  (draft, chance) => withBody(draft, oneOf(chance, odd.bodies)),
  (draft, chance) => withBody(draft, damagedText(chance, draft.body)),
  (draft, chance) => withBody(draft, withOddValue(chance, draft.body)),
  (draft, chance) => withBody(draft, withOddValue(chance, draft.body)),
  (draft, chance) => ({
    ...draft,
    framing: oneOf(chance, ['wrong_length', 'chunks', 'odd_chunks', 'none']),
  }),
];

function withOddHeader(draft: Draft, chance: Chance): Draft {
  const headers = [...draft.headers];
  headers.splice(chance(headers.length + 1), 0, oneOf(chance, odd.headers));
  return { ...draft, headers };
}

/**
 * A message to a server that differs from a request it takes in one or two ways, or, one in twenty,
 * has nothing to do with any. Always the same of the same chance.
 */
export function malformedMessage(chance: Chance, requests: readonly SoundRequest[]): Buffer {
  if (chance(20) === 0) return noise(chance, 300);
  const sound = oneOf(chance, requests);
  let draft: Draft = {
    method: sound.method,
    target: sound.target,
    version: 'HTTP/1.1',
    headers: [
      'Host: localhost',
      ...(sound.credentials === undefined ? [] : [sound.credentials]),
      ...(sound.mediaType === undefined ? [] : [`Content-Type: ${sound.mediaType}`]),
    ],
    body: sound.body ?? '',
    framing: sound.body === undefined ? 'none' : 'length',
    lineEnd: '\r\n',
  };
  for (let times = 1 + chance(2); times > 0; times--) draft = oneOf(chance, defects)(draft, chance);
  const message = written(draft, chance);
  if (chance(8) === 0) return damaged(chance, message);
  return chance(30) === 0 ? message.subarray(0, chance(message.length + 1)) : message;
}

function written(draft: Draft, chance: Chance): Buffer {
  const { method, target, version, lineEnd } = draft;
  const { framing, body } = framed(draft, chance);
  const lines = [`${method} ${target} ${version}`, ...draft.headers, ...framing];
  return Buffer.from(`${lines.join(lineEnd)}${lineEnd}${lineEnd}${body}`);
}

function framed(draft: Draft, chance: Chance): { framing: readonly string[]; body: string } {
  const { body } = draft;
  const length = Buffer.byteLength(body);
  switch (draft.framing) {
    case 'length':
      return { framing: [`Content-Length: ${length}`], body };
    case 'wrong_length':
      return { framing: [`Content-Length: ${Math.max(0, length + chance(9) - 4)}`], body };
    case 'chunks': {
      const chunk = length === 0 ? '' : `${length.toString(16)}\r\n${body}\r\n`;
      return { framing: ['Transfer-Encoding: chunked'], body: `${chunk}0\r\n\r\n` };
    }
    case 'odd_chunks':
      return { framing: ['Transfer-Encoding: chunked'], body: oneOf(chance, odd.chunks) };
    case 'none':
      return { framing: [], body };
  }
}

/** JSON with another value in place of one of its fields; of other text, another text. */
function withOddValue(chance: Chance, body: string): string {
  const fields = [...body.matchAll(/"(\w+)":("[^"]*"|[\w.+-]+|\{\}|\[\])/g)];
  if (fields.length === 0) return body + oneOf(chance, odd.values);
  const { 0: whole, 1: name = '', index } = oneOf(chance, fields);
  const put = chance(8) === 0 ? '' : `"${name}":${oneOf(chance, odd.values)}`;
  return body.slice(0, index) + put + body.slice(index + whole.length);
}

const noise = (chance: Chance, bytesMax: number): Buffer =>
  Buffer.from(Array.from({ length: 1 + chance(bytesMax) }, () => chance(256)));

const damagedText = (chance: Chance, text: string): string =>
  damaged(chance, Buffer.from(text)).toString('latin1');

/** One to three bytes changed, cut out, put in or repeated. */
function damaged(chance: Chance, sound: Buffer): Buffer {
  let bytes = sound;
  for (let times = 1 + chance(3); times > 0; times--) {
    const at = chance(bytes.length + 1);
    const before = bytes.subarray(0, at);
    switch (chance(4)) {
      case 0:
        bytes = Buffer.concat([before, noise(chance, 1), bytes.subarray(at + 1)]);
        break;
      case 1:
        bytes = Buffer.concat([before, bytes.subarray(at + 1 + chance(8))]);
        break;
      case 2:
        bytes = Buffer.concat([before, noise(chance, 8), bytes.subarray(at)]);
        break;
      default:
        bytes = Buffer.concat([before, bytes.subarray(Math.max(0, at - 20))]);
    }
  }
  return bytes;
}
