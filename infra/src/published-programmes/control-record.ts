import type { Typed } from '@semarak/schemas';
import type { RecordProducer } from '../kafka/index.ts';
import type { RecordCodec } from '../records/index.ts';

/**
 * Writes one control record to the named partitions of `transactions`; resolves when all of them have
 * it, throws LogUnavailable otherwise. Its key is the programme.
 */
export async function appendControlRecord(
  record: Typed<'ProgrammePublished' | 'BusinessDayClosed'>,
  to: { partitions: readonly number[]; codec: RecordCodec; producer: RecordProducer },
): Promise<void> {
  const value = to.codec.encode(record);
  const key = record.value.programme;
  await to.producer.append(
    to.partitions.map((partition) => ({ topic: 'transactions', partition, key, value })),
  );
}
