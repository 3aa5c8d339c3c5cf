import type { RecordCodec } from '@semarak/infra/records';
import type { GiftHandedOver } from '@semarak/schemas';
import type { AppendQueue } from '../append/append-queue.ts';

export interface HandoverParts {
  readonly queue: Pick<AppendQueue, 'append'>;
  readonly codec: Pick<RecordCodec, 'encode'>;
  /** Of a key in entitlements. */
  readonly partitionOf: (key: string) => number;
}

/** Brings hand-overs into the log of their campaign; rewards takes each gift’s first. */
export class Handover {
  readonly #parts: HandoverParts;

  constructor(parts: HandoverParts) {
    this.#parts = parts;
  }

  /** `key` is the campaign’s. Throws LogUnavailable; sending again is right. */
  async record({ key, value }: { key: string; value: GiftHandedOver }): Promise<void> {
    const { queue, codec, partitionOf } = this.#parts;
    await queue.append([
      {
        topic: 'entitlements',
        partition: partitionOf(key),
        key,
        value: codec.encode({ type: 'GiftHandedOver', value }),
      },
    ]);
  }
}
