import { randomUUID } from 'node:crypto';
import {
  createProducer,
  TopicReader,
  watermarksOf,
  type LogRecord,
  type OutputRecord,
} from '../kafka/index.ts';
import { createMetrics } from '../observability/index.ts';
import { openReplays, type Append, type Codec, type Replayed } from './replay.ts';
import { readerLimits } from './stream-worker.ts';

/** What becomes of what a partition’s replay writes. */
export interface Derivation {
  /** Whether a record is to be appended; asked once of each, in their order. */
  readonly isWanted: (record: OutputRecord) => boolean;
  /** All below this offset was read; the states become the live ones next. */
  readonly finish?: (end: number) => Promise<void>;
}

/** `compare`: nothing is written. `write`: states take the place of the live ones, whose worker must not run. */
export type Mode = 'compare' | 'write';

/** What derivations work with. */
export interface Deriving {
  readonly codec: Codec;
  readonly partitions: number;
  /** Appends to the log, and resolves once it is acknowledged. */
  readonly append: (records: readonly OutputRecord[]) => Promise<readonly number[]>;
  /** A whole partition of a topic, as it is now. */
  readonly readAll: (
    topic: OutputRecord['topic'],
    partition: number,
  ) => AsyncIterable<readonly LogRecord[]>;
}

/**
 * Reads all of a worker’s input again, partition by partition, and appends what it writes and is wanted. Returns how many
 * records were read. Throws what the servers throw; run again, it begins anew.
 */
export async function rederive<State>(
  replayed: Replayed<State>,
  by: {
    readonly mode: Mode;
    readonly begin: (deriving: Deriving) => Promise<(partition: number) => Derivation>;
  },
): Promise<number> {
  const { worker, input, configuration } = replayed;
  const replays = await openReplays(replayed);
  const { kafka, admin, codec, partitions } = replays;
  const metrics = createMetrics({ service: `${worker}-rebuild` });
  const timeoutMs = configuration.PRODUCE_TIMEOUT_MS;
  const producer = await createProducer({ kafka, metrics, timeoutMs });
  const append: Deriving['append'] = async (records) => {
    if (by.mode === 'compare') return [];
    const offsets: number[] = [];
    for (let from = 0; from < records.length; from += configuration.CHUNK_RECORDS_MAX) {
      const chunk = records.slice(from, from + configuration.CHUNK_RECORDS_MAX);
      offsets.push(...(await producer.append(chunk)));
    }
    return offsets;
  };
  const readAll: Deriving['readAll'] = async function* (topic, partition) {
    const group = `${worker}-rebuild`;
    const limits = readerLimits(configuration);
    const reader = await TopicReader.open({ kafka, topic, partitions, group, limits });
    try {
      const { low, high } = await watermarksOf(admin, { topic, partition });
      yield* reader.read({ partition, from: low, to: high });
    } finally {
      await reader.close();
    }
  };
  try {
    const derivationOf = await by.begin({ codec, partitions, append, readAll });
    for (let partition = 0; partition < partitions; partition++) {
      const derivation = derivationOf(partition);
      const replay = await replays.begin(partition, appendWanted(derivation, append));
      const { high } = await watermarksOf(admin, { topic: input, partition });
      await replay.advanceTo(high);
      await derivation.finish?.(high);
      if (by.mode === 'write') await replay.states.replace(randomUUID());
      else await replay.states.clear();
    }
    return replays.records;
  } finally {
    await producer.close();
    await replays.close();
  }
}

/** Appends what is wanted of each chunk; the same chunk comes again when it was not acknowledged. */
function appendWanted({ isWanted }: Derivation, append: Deriving['append']): Append {
  const asked = new WeakMap<readonly OutputRecord[], readonly boolean[]>();
  return async (chunk) => {
    const wanted = asked.get(chunk) ?? chunk.map(isWanted);
    asked.set(chunk, wanted);
    const offsets = await append(chunk.filter((_, index) => wanted[index]));
    let next = 0;
    return wanted.map((is) => (is ? offsets[next++] : undefined));
  };
}
