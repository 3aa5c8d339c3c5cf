import { accrual, type AccrualState } from '@semarak/accrual/logic';
import type { ClickHouse, Table } from '@semarak/infra/clickhouse';
import type { Emission, Logic, RecordPosition } from '@semarak/infra/stream-processor';
import { factsOf } from '@semarak/projector/facts';
import { tables } from '@semarak/projector/tables';
import { rewardsLogic } from '@semarak/rewards/logic';
import { firstGeneration, type RewardState, type Typed } from '@semarak/schemas';
import type { MallHistory } from './mall.ts';

type Fact = ReturnType<typeof factsOf>[number];

/** One partition of a worker, with its states in memory. */
class Worker<State> {
  readonly states = new Map<string, State>();
  readonly #logic: Logic<State>;
  #offset = 0;

  constructor(logic: Logic<State>) {
    this.#logic = logic;
  }

  apply(record: Typed): { readonly at: RecordPosition; readonly emitted: readonly Emission[] } {
    const at = { partition: 0, offset: this.#offset++ };
    const emitted = this.#logic.decide(
      record,
      {
        get: (name) => this.states.get(name),
        set: (name, state) => void this.states.set(name, state),
      },
      at,
      this.#logic.statesOf(record, at),
    );
    return { at, emitted };
  }
}

/** Every so many gifts the desk hands one over, as soon as it is earned. */
export const handedOverEvery = 3;

/**
 * Writes a mall's history into the report database, decided and encoded as the services do. Hands back what
 * accrual holds at the end, by the names of its states.
 */
export async function writeHistory(
  clickhouse: ClickHouse,
  history: MallHistory,
): Promise<ReadonlyMap<string, AccrualState>> {
  const grants = new Worker<AccrualState>(accrual);
  const numbers = new Worker<RewardState>(rewardsLogic);
  const facts: Fact[] = [];
  const note = (record: Typed, at: RecordPosition) => {
    facts.push(...factsOf(record, at));
  };
  let gifts = 0;
  const number = (entitlement: Typed) => {
    const { at, emitted } = numbers.apply(entitlement);
    for (const { record } of emitted) {
      note(record, at);
      if (record.type !== 'GiftEarned' || ++gifts % handedOverEvery !== 0) continue;
      const { programme, campaign, memberId, giftId, receivedAt } = record.value;
      const value = { programme, campaign, memberId, giftId, handedOverAt: receivedAt };
      number({ type: 'GiftHandedOver', value });
    }
  };
  const arrive = (record: Typed) => {
    const { at, emitted } = grants.apply(record);
    note(record, at);
    for (const emission of emitted)
      if (emission.topic === 'entitlements') number(emission.record);
      else note(emission.record, at);
  };
  for (const document of history.documents)
    arrive({
      type: 'ProgrammePublished',
      value: {
        programme: document.programme,
        version: document.version,
        publishedAt: 0,
        partitions: 1,
        document: JSON.stringify(document),
        supersedes: null,
      },
    });
  for (const record of history.arrivals) arrive(record);
  history.profiles.forEach((value, offset) =>
    note({ type: 'MemberProfile', value }, { partition: 0, offset }),
  );
  await insert(clickhouse, facts);
  return grants.states;
}

/** One block for each table and partition of it, as the projector's. */
export async function insert(clickhouse: ClickHouse, facts: readonly Fact[]): Promise<void> {
  const blocks = new Map<string, Fact[]>();
  for (const fact of facts) {
    const name = `${fact.table} ${fact.tablePartition}`;
    blocks.set(name, [...(blocks.get(name) ?? []), fact]);
  }
  for (const [name, block] of blocks) {
    const [table, tablePartition = ''] = name.split(' ');
    const encoding = tables[table as keyof typeof tables] as Table<unknown>;
    const { programme, source_offset } = block[0]?.row ?? {};
    const token = `${String(programme)} ${name} ${String(source_offset)}`;
    await clickhouse.insertExactly([
      {
        table: `${firstGeneration}.${String(table)}`,
        tablePartition,
        columns: encoding.columns,
        body: encoding.encode(block.map(({ row }) => row)),
        rows: block.length,
        token,
        ownToken: token,
        sources: [
          {
            partition: 0,
            first: { offset: 0, ordinal: 0 },
            last: { offset: Number.MAX_SAFE_INTEGER, ordinal: 0 },
          },
        ],
        history: 'new',
        repeats: encoding.repeats,
      },
    ]);
  }
}
