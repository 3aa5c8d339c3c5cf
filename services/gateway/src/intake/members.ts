import type { OutputRecord } from '@semarak/infra/kafka';
import type { RecordCodec } from '@semarak/infra/records';
import { memberKey, type MemberProfile } from '@semarak/schemas';
import type { AppendQueue } from '../append/append-queue.ts';

export interface MemberIntakeParts {
  readonly queue: Pick<AppendQueue, 'append'>;
  readonly codec: Pick<RecordCodec, 'encode'>;
  /** Of a key in the topics keyed by member. */
  readonly partitionOf: (key: string) => number;
}

/**
 * Brings enrolments into the log: first the profile to `members`, and once Kafka has that, the
 * enrolment to `transactions`. Whoever is enrolled has a profile; a profile alone grants nothing.
 */
export class MemberIntake {
  readonly #parts: MemberIntakeParts;

  constructor(parts: MemberIntakeParts) {
    this.#parts = parts;
  }

  /**
   * Throws LogUnavailable; then profiles, and some of the enrolments, may be in the log. Sending all
   * of them again is right: the first enrolment stands, the newest profile counts.
   */
  async enrol(profiles: readonly MemberProfile[]): Promise<void> {
    const { queue, codec, partitionOf } = this.#parts;
    const outputs = profiles.map((profile): [OutputRecord, OutputRecord] => {
      const key = memberKey(profile);
      const at = { key, partition: partitionOf(key) };
      const { programme, memberId, enrolledAt, receivedAt } = profile;
      const enrolment = { programme, memberId, enrolledAt, receivedAt };
      return [
        {
          topic: 'members',
          ...at,
          value: codec.encode({ type: 'MemberProfile', value: profile }),
        },
        {
          topic: 'transactions',
          ...at,
          value: codec.encode({ type: 'MemberEnrolled', value: enrolment }),
        },
      ];
    });
    await queue.append(outputs.map(([profile]) => profile));
    await queue.append(outputs.map(([, enrolment]) => enrolment));
  }
}
