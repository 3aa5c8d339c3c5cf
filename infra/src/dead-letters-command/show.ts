import { topicNames, type Typed } from '@semarak/schemas';
import { UnreadableRecord, type RecordCodec } from '../records/index.ts';
import { belongingTo, placeOf } from '../stream-processor/index.ts';
import { LettersReader, type Connection } from './connection.ts';
import { bufferOf, isPersonal, type Letter, type Place } from './letter.ts';
import { hexDump, keyText, listed, oneLine } from './text.ts';

/** Copies of one letter that are told; there is one for each reader and each crash. */
const copiesMax = 20;

/** All copies of a dead letter, in the order in which they were put aside; the last ones, if many. */
export async function copiesOf(connection: Connection, place: Place): Promise<readonly Letter[]> {
  if (place.partition >= connection.partitions) return [];
  const name = placeOf(place);
  const reader = await LettersReader.open(connection);
  const copies: Letter[] = [];
  try {
    for await (const batch of reader.readAll(place.partition))
      for (const letter of batch)
        if (letter.place === name) {
          copies.push(letter);
          if (copies.length > copiesMax) copies.shift();
        }
  } finally {
    await reader.close();
  }
  return copies;
}

/** What there is to say of a dead letter; `prepare` of the codec has seen its value. */
export function shown(
  copies: readonly [Letter, ...Letter[]],
  by: {
    readonly codec: Pick<RecordCodec, 'decode' | 'writtenWith'>;
    readonly personalData: 'hidden' | 'shown';
    readonly bytesMax: number;
  },
): string[] {
  const { codec, personalData, bytesMax } = by;
  const letter = copies.at(-1) ?? copies[0];
  const { content } = letter;
  const value = bufferOf(content.value);
  const written = codec.writtenWith(value);
  const isHidden = isPersonal(letter, written) && personalData === 'hidden';
  const { bytes, key: harmless } = listed(letter);
  const key = isHidden ? harmless : keyText(content.key);
  return [
    `place     ${letter.place}`,
    ...copies.map(({ content: copy }) => {
      const who = copy.reader === '' ? '' : ` by ${copy.reader}`;
      return `put aside ${new Date(copy.failedAt).toISOString()}${who}: ${oneLine(copy.reason)}`;
    }),
    `key       ${key === undefined ? 'hidden' : key === null ? 'none' : oneLine(key)}`,
    `size      ${bytes === null ? 'no value: a tombstone' : `${bytes} bytes`}`,
    `schema    ${schemaWords(written)}`,
    ...(isHidden
      ? [
          `Bytes${content.headers.length > 0 ? ', headers' : ''} and fields may hold a member’s name and address: --personal-data shows them.`,
        ]
      : [
          ...content.headers.map(
            ({ name, value: header }) => `header    ${oneLine(name)}: ${headerWords(header)}`,
          ),
          '',
          ...hexDump(value, bytesMax),
          '',
          ...decodedWords(codec, letter, value),
        ]),
  ];
}

function schemaWords(written: ReturnType<RecordCodec['writtenWith']>): string {
  if (written === undefined) return 'none is named: no record begins with these bytes';
  return `${written.schemaId}, ${written.name ?? 'which the registry does not have'}`;
}

const headerWords = (value: Uint8Array | null): string =>
  value === null ? 'null' : oneLine(Buffer.from(value).toString());

function decodedWords(
  codec: Pick<RecordCodec, 'decode'>,
  { content }: Letter,
  value: Buffer | null,
): string[] {
  try {
    const record = codec.decode(value);
    const { type, value: fields } = record;
    return [
      `${type}, as it is read today${mayStand(content.sourceTopic, record)}:`,
      ...JSON.stringify(fields, bytesAsHex, 2).split('\n').map(oneLine),
    ];
  } catch (error) {
    if (error instanceof UnreadableRecord)
      return [`It cannot be read today: ${oneLine(error.reason)}`];
    throw error;
  }
}

/** JSON.stringify calls toJSON of a Buffer first. */
function bytesAsHex(_: string, value: unknown): unknown {
  const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown };
  return type === 'Buffer' && Array.isArray(data) ? Buffer.from(data).toString('hex') : value;
}

function mayStand(topic: string, record: Typed): string {
  const source = topicNames.find((name) => name === topic);
  try {
    if (source !== undefined) belongingTo(source, record);
    return '';
  } catch {
    return `, which may not stand in ${topic}`;
  }
}
