import { UnreadableRecord, valueOf } from '@semarak/infra/records';
import type { Codec, Derivation, Deriving } from '@semarak/infra/workers';
import { topics, type RecordsOf, type Typed } from '@semarak/schemas';
import { Comparison, outputOf, type Correction } from './comparison.ts';
import type { Entitlement } from './rights.ts';
import { SourceHistory } from './source-history.ts';

/** What was found, or done, of all partitions. */
export interface Corrections {
  /** Records at the end that accrual had not written. */
  missing: number;
  readonly takenBack: Entitlement[];
  readonly given: Entitlement[];
  /** Sources that had gone on in a log that has lost its end, and begin again. */
  restarts: number;
}

/**
 * Reads all of entitlements, and returns what holds each partition of transactions against it, appends what it lacks and
 * takes back what it has too much. Of loyalty-events, which must be empty, everything is wanted.
 */
export async function correctEntitlements(
  deriving: Deriving,
  { now, found }: { readonly now: number; readonly found: Corrections },
): Promise<(partition: number) => Derivation> {
  const { partitions, codec, append } = deriving;
  const histories = await readHistories(deriving);
  return (partition) => {
    const comparisons = Array.from(
      { length: partitions },
      (_, to) => new Comparison(histories[to]?.[partition] ?? new SourceHistory()),
    );
    return {
      isWanted({ topic, partition: to, value }) {
        // What could not be read was put aside when it was read for the first time.
        if (topic !== 'entitlements') return topic === 'loyalty-events';
        const record = codec.decode(value) as Entitlement;
        const isMissing = comparisons[to]?.isMissing(record) ?? false;
        if (isMissing) found.missing++;
        return isMissing;
      },
      async finish(end) {
        for (const [to, comparison] of comparisons.entries()) {
          const correction = comparison.correction({ partition, end, restartedAt: now });
          if (correction === undefined) continue;
          note(found, correction);
          const encode = (record: Typed): Buffer => codec.encode(record);
          await append(correction.records.map((one) => outputOf(one, { partition: to, encode })));
        }
      },
    };
  };
}

function note(found: Corrections, { takenBack, given }: Correction): void {
  found.restarts++;
  found.takenBack.push(...takenBack);
  found.given.push(...given);
}

/** By partition of entitlements, then by partition of transactions. */
async function readHistories({
  partitions,
  codec,
  readAll,
}: Deriving): Promise<readonly SourceHistory[][]> {
  const histories = Array.from({ length: partitions }, () =>
    Array.from({ length: partitions }, () => new SourceHistory()),
  );
  for (const [partition, ofPartition] of histories.entries())
    for await (const batch of readAll('entitlements', partition)) {
      await codec.prepare(batch.map(({ value }) => value));
      for (const one of batch) {
        const record = readable(codec, one);
        if (record === undefined || record.type === 'GiftHandedOver') continue;
        ofPartition[record.value.sourcePartition]?.take(record);
      }
    }
  return histories;
}

/** Undefined: rewards has put it aside, or will. */
function readable(
  codec: Codec,
  record: { readonly value: Buffer | null; readonly fault?: string },
): Typed<RecordsOf<'entitlements'>> | undefined {
  try {
    const decoded = codec.decode(valueOf(record));
    return isEntitlement(decoded) ? decoded : undefined;
  } catch (error) {
    if (error instanceof UnreadableRecord) return undefined;
    throw error;
  }
}

const isEntitlement = (record: Typed): record is Typed<RecordsOf<'entitlements'>> =>
  (topics.entitlements.records as readonly string[]).includes(record.type);
