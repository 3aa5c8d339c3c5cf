import type { CommittedOffset } from '@semarak/infra/consumer-group';
import type { Random } from './random.ts';

/** A process as its group knows it; what it knows of the group may be old. */
export interface Member {
  /** Of the last time it joined; 0: it never has. */
  generation: number;
  assigned: ReadonlySet<number>;
}

/** The coordinator of a consumer group: who has which partition, and the offsets. */
export class Group {
  readonly #partitions: number;
  #members: readonly Member[] = [];
  generation = 0;
  readonly committed: CommittedOffset[];

  constructor(partitions: number) {
    this.#partitions = partitions;
    this.committed = Array.from({ length: partitions }, () => ({
      offset: undefined,
      metadata: '',
    }));
  }

  /** Those who take part get all partitions anew; the others are not told. */
  rebalance(members: readonly Member[], random: Random): void {
    this.generation++;
    this.#members = members;
    const assigned = new Map(members.map((member) => [member, new Set<number>()]));
    for (let partition = 0; partition < this.#partitions; partition++)
      if (members.length > 0) assigned.get(random.pick(members))?.add(partition);
    for (const [member, partitions] of assigned) {
      member.generation = this.generation;
      member.assigned = partitions;
    }
  }

  /** False: the coordinator refuses what was sent in another generation, or by somebody else. */
  commit(
    at: Required<CommittedOffset> & { readonly partition: number },
    by: { readonly member: Member; readonly generation: number },
  ): boolean {
    if (by.generation !== this.generation || !this.#members.includes(by.member)) return false;
    this.committed[at.partition] = { offset: at.offset, metadata: at.metadata };
    return true;
  }
}
