import { partitionOf, type TopicReader } from '@semarak/infra/kafka';
import { topicNames, type TopicName, type Typed } from '@semarak/schemas';
import { isEvent, RisingOnly, type Event } from './comparison/consumer-view.ts';
import { DeadLetters } from './comparison/dead-letters.ts';
import type { Difference } from './comparison/differences.ts';
import { OrderedEvents } from './comparison/ordered-events.ts';
import { PlacedRows, type Excuse } from './comparison/placed-rows.ts';
import { compareKeys, compareStates, type RecountedPartition } from './comparison/redis-states.ts';
import { placedRelations } from './comparison/relations.ts';
import { keyText } from './comparison/columns.ts';
import { compareReports } from './comparison/reports.ts';
import { StandingRows } from './comparison/standing-rows.ts';
import type { Configuration } from './config.ts';
import type { Progress } from './progress.ts';
import { AccrualRecount, type ExpectedEvent } from './recount/accrual-recount.ts';
import { PublishedVersions } from './recount/programmes.ts';
import { ReportRecount } from './recount/reports.ts';
import { RewardsRecount } from './recount/rewards-recount.ts';
import { rowOfProfile, rowsOfEvent, rowsOfTransaction } from './recount/rows.ts';
import { MemberStandings, RewardStandings } from './recount/standings.ts';
import { accrualStates, rewardsStates } from './recount/states.ts';
import { endsOf, type Cut } from './servers/catching-up.ts';
import type { Connection } from './servers/connection.ts';
import { consumed, records, type Read } from './servers/log.ts';
import { PackedRecords } from './servers/packed-records.ts';

/** How much was compared. */
export interface Compared {
  transactions: number;
  events: number;
  rows: number;
  states: number;
}

interface RoundOptions {
  readonly connection: Connection;
  readonly cut: Cut;
  /** What is compared; undefined: everything. */
  readonly wanted: ReadonlySet<string> | undefined;
  readonly configuration: Configuration;
  readonly report: (difference: Difference) => void;
  readonly unsettled: (what: string) => void;
  readonly progress: Progress;
}

type Readers = Readonly<Record<TopicName, TopicReader>>;

/** Events that accrual has written to one partition of `entitlements`, by their source partition. */
type Entitled = readonly (readonly PackedRecords[])[];

/** Recounts the whole log up to the cut and compares everything with it. Throws what the servers throw. */
export async function compareAll(options: RoundOptions): Promise<Compared> {
  const { connection, cut } = options;
  const opened = await Promise.all(
    topicNames.map(
      async (topic) => [topic, await connection.openReader(topic, cut.partitions)] as const,
    ),
  );
  const readers = Object.fromEntries(opened) as Readers;
  try {
    return await new Round(options, readers).run();
  } finally {
    await Promise.all(opened.map(([, reader]) => reader.close()));
  }
}

/** Owns what one recount of the log needs from its first partition to its last. */
class Round {
  readonly #options: RoundOptions;
  readonly #readers: Readers;
  readonly #report: (difference: Difference) => void;
  readonly #placed: PlacedRows;
  readonly #standing: StandingRows;
  readonly #versions = new PublishedVersions();
  readonly #deadLetters: DeadLetters;
  readonly #refusals: Readonly<Record<string, unknown>>[] = [];
  readonly #compared: Compared = { transactions: 0, events: 0, rows: 0, states: 0 };
  #reports: readonly ReportRecount[] = [];
  #endsNow: Cut['cuts'];

  constructor(options: RoundOptions, readers: Readers) {
    const { cut, wanted, unsettled } = options;
    const { clickhouse } = options.connection;
    const { cuts, partitions } = cut;
    this.#options = options;
    this.#readers = readers;
    this.#endsNow = cuts;
    this.#report = (difference) => {
      if (wanted === undefined || wanted.has(difference.in)) options.report(difference);
    };
    const report = this.#report;
    this.#placed = new PlacedRows({ clickhouse, cuts, report });
    this.#standing = new StandingRows({ clickhouse, cuts, partitions, report, unsettled, wanted });
    this.#deadLetters = new DeadLetters(report);
  }

  async run(): Promise<Compared> {
    const { connection, cut, wanted } = this.#options;
    const { clickhouse, redis } = connection;
    this.#endsNow = await endsOf(connection);
    await this.#learnProgrammes();
    await this.#placed.load();
    await this.#standing.load();
    const partitions = Array.from({ length: cut.partitions }, (_, partition) => partition);
    const entitled: Entitled = partitions.map(() => partitions.map(() => new PackedRecords()));
    for (const partition of partitions) await this.#rewards(partition, entitled);
    for (const partition of partitions) await this.#members(partition, entitled);
    await this.#compareWhatIsOfNoPartition();
    for (const recount of this.#reports)
      await compareReports(recount, {
        clickhouse,
        cuts: cut.cuts,
        wanted,
        report: this.#report,
        unsettled: this.#options.unsettled,
      });
    await this.#readDeadLetters(partitions);
    await this.#placed.finish(() => endsOf(connection));
    await compareKeys({ redis, report: this.#report, partitions: cut.partitions });
    this.#compared.rows = this.#placed.rowsCompared + this.#standing.rowsCompared;
    return this.#compared;
  }

  /** Categories and report dates must be known before the first row is compared. */
  async #learnProgrammes(): Promise<void> {
    for (const [partition, to] of this.#options.cut.cuts.of('transactions').entries())
      for await (const batch of this.#read('transactions', { partition, from: 0, to })) {
        for (const { record } of batch) if (record !== undefined) this.#versions.take(record);
        this.#options.progress.advance(batch.length);
      }
    const { categoryOf } = this.#versions;
    this.#reports = this.#versions.newest.flatMap((newest) =>
      this.#versions
        .reportDays(newest.programme)
        .map((day) => new ReportRecount({ newest, day, categoryOf })),
    );
  }

  /** A partition of `entitlements`, what came of it, and what it tells of `transactions`. */
  async #rewards(partition: number, entitled: Entitled): Promise<void> {
    const { cut, progress } = this.#options;
    const recount = new RewardsRecount(partition);
    const filter = new RisingOnly();
    const standings = new RewardStandings();
    const to = cut.cuts.of('entitlements')[partition] ?? 0;
    const should = this.#consumedEvents('reward-events', partition);
    for await (const batch of this.#read('entitlements', { partition, from: 0, to })) {
      for (const read of batch) {
        const { record, offset, value } = read;
        if (record === undefined || value === null) {
          this.#deadLetters.expect('entitlements', partition, read);
          continue;
        }
        if (isEvent(record)) {
          if (!filter.takes(record.value)) continue;
          this.#pack(record, value, entitled[partition]);
        }
        const rewarded = recount.apply(record, offset);
        if (rewarded.type === 'impossible')
          this.#report({
            in: 'entitlements',
            key: `${partition}/${offset}`,
            says: `${record.type} cannot be: ${rewarded.why}`,
          });
        if (rewarded.type !== 'event') continue;
        await should.expect(rewarded.event);
        this.#compared.events++;
        standings.takeEvent(rewarded.event);
        for (const row of rowsOfEvent(rewarded.event))
          await this.#placed.expect(partition, 'entitlements', row);
      }
      progress.advance(batch.length);
    }
    await should.finish();
    await this.#placed.finishPartition(partition, 'entitlements');
    await this.#standing.compare('draw_tickets', partition, standings.ticketRows());
    await this.#standing.compare('gifts', partition, standings.giftRows());
    await this.#compareRedis({
      worker: 'rewards',
      partition,
      states: rewardsStates(recount),
      from: to,
      take: ({ record, offset }: Read<'entitlements'>) => {
        if (record === undefined) return;
        if (!isEvent(record) || filter.takes(record.value)) recount.apply(record, offset);
      },
      topic: 'entitlements',
      filter: () => filter.last,
    });
  }

  /** Keeps what the source partition’s recount must find; what nothing can have caused is told now. */
  #pack(event: Event, value: Buffer, bySource: readonly PackedRecords[] | undefined): void {
    const packed = bySource?.[event.value.sourcePartition];
    if (packed !== undefined) packed.add(value);
    else
      this.#report({
        in: 'entitlements',
        key: `${event.value.sourcePartition}/${event.value.sourceOffset}/${event.value.ordinal}`,
        says: `${event.type} is there, nothing should be: there is no such source partition`,
      });
  }

  /** A partition of `transactions` and `members`, and all that should have come of it. */
  async #members(partition: number, entitled: Entitled): Promise<void> {
    const { cut, progress } = this.#options;
    const recount = new AccrualRecount(partition);
    const standings = new MemberStandings();
    await this.#profiles(partition, standings);
    const loyalty = this.#consumedEvents('loyalty-events', partition);
    const byCampaign = entitled.map((bySource) => this.#packedEvents(bySource[partition]));
    const to = cut.cuts.of('transactions')[partition] ?? 0;
    for await (const batch of this.#read('transactions', { partition, from: 0, to })) {
      for (const read of batch)
        for (const { topic, event, to: target } of await this.#take(read, partition, recount)) {
          this.#compared.events++;
          if (topic === 'loyalty-events') {
            await loyalty.expect(event);
            standings.takeEvent(event);
            for (const row of rowsOfEvent(event))
              await this.#placed.expect(partition, 'transactions', row);
          } else await byCampaign[this.#partitionOf(target)]?.expect(event);
        }
      this.#compared.transactions += batch.length;
      progress.advance(batch.length);
    }
    await loyalty.finish();
    for (const events of byCampaign) await events.finish();
    await this.#placed.finishPartition(partition, 'transactions');
    await this.#compareStandings(partition, standings, recount);
    await this.#compareRedis({
      worker: 'accrual',
      partition,
      states: accrualStates(recount),
      from: to,
      take: ({ record, offset }: Read<'transactions'>) => {
        if (record !== undefined) recount.apply(record, offset);
      },
      topic: 'transactions',
      filter: () => new Map(),
    });
  }

  /** Counts one record of `transactions` and its own rows; the events that it should have caused. */
  async #take(
    read: Read<'transactions'>,
    partition: number,
    recount: AccrualRecount,
  ): Promise<readonly ExpectedEvent[]> {
    const { record, offset } = read;
    if (record === undefined) {
      this.#deadLetters.expect('transactions', partition, read);
      return [];
    }
    const own = rowsOfTransaction(record, { partition, offset }, this.#versions.categoryOf);
    for (const row of own ?? []) await this.#placed.expect(partition, 'transactions', row);
    const caused = recount.apply(record, offset);
    if (own === undefined || caused.type === 'unreadable')
      this.#deadLetters.expect('transactions', partition, read);
    return caused.type === 'events' ? caused.events : [];
  }

  async #profiles(partition: number, standings: MemberStandings): Promise<void> {
    const { cut } = this.#options;
    const to = cut.cuts.of('members')[partition] ?? 0;
    const from = cut.readFrom.members[partition] ?? 0;
    // Of a member whose newer profile is in the log, Kafka may have dropped the older ones.
    const excuse: Excuse = ({ name, text }) => {
      if (name !== 'member_profiles') return false;
      const { columns } = placedRelations.member_profiles;
      const member = keyText(columns, text, ['programme', 'member_id']).replace(' ', '/');
      const offset = Number(keyText(columns, text, ['source_offset']));
      return (standings.profiles.get(member)?.offset ?? -1) > offset;
    };
    for await (const batch of this.#read('members', { partition, from, to }))
      for (const read of batch) {
        const { record, offset } = read;
        if (record === undefined) this.#deadLetters.expect('members', partition, read);
        else {
          standings.takeProfile(record.value, offset);
          const row = rowOfProfile(record.value, { partition, offset });
          await this.#placed.expect(partition, 'members', row, excuse);
        }
      }
    await this.#placed.finishPartition(partition, 'members', excuse);
  }

  async #compareStandings(
    partition: number,
    standings: MemberStandings,
    recount: AccrualRecount,
  ): Promise<void> {
    const { categoryOf } = this.#versions;
    await this.#standing.compare('sales', partition, standings.salesRows(categoryOf));
    await this.#standing.compare('parking_grants', partition, standings.parkingRows());
    const members = [...standings.memberRows(recount.histories)];
    await this.#standing.compare('members', partition, members);
    this.#refusals.push(...standings.refusalRows());
    const enrolments = members.map((row) => ({
      programme: String(row['programme']),
      enrolledAt: row.enrolled_at,
    }));
    const { sales, profiles } = standings;
    for (const report of this.#reports) report.add({ sales, profiles, enrolments });
  }

  async #compareWhatIsOfNoPartition(): Promise<void> {
    const { newest } = this.#versions;
    await this.#standing.compare('rejected_transactions', 0, this.#refusals);
    await this.#standing.compare(
      'programmes',
      0,
      newest.map((document) => ({
        programme: document.programme,
        version: document.version,
        name: document.name,
        effective_from: document.effectiveFrom,
        time_zone: document.timeZone,
        currency: document.currency,
      })),
    );
    await this.#standing.compare(
      'tenants',
      0,
      newest.flatMap(({ programme, tenants }) =>
        tenants.map(({ tenantId, name, category, floor }) => ({
          programme,
          tenant_id: tenantId,
          name,
          category,
          floor,
        })),
      ),
    );
  }

  async #readDeadLetters(partitions: readonly number[]): Promise<void> {
    const { cut } = this.#options;
    for (const partition of partitions) {
      const from = cut.readFrom['dead-letters'][partition] ?? 0;
      const to = cut.readTo['dead-letters'][partition] ?? 0;
      for await (const batch of this.#read('dead-letters', { partition, from, to }))
        for (const { record } of batch) {
          if (record === undefined) continue;
          const { sourceTopic, sourcePartition, sourceOffset } = record.value;
          const topic = topicNames.find((name) => name === sourceTopic);
          const end = topic === undefined ? undefined : cut.readTo[topic][sourcePartition];
          if (end !== undefined && sourceOffset >= end) continue;
          this.#deadLetters.found(record.value, topic === 'members');
        }
    }
    this.#deadLetters.finish();
  }

  async #compareRedis<Topic extends 'transactions' | 'entitlements'>(of: {
    worker: RecountedPartition['worker'];
    partition: number;
    states: RecountedPartition['states'];
    from: number;
    topic: Topic;
    take: (read: Read<Topic>) => void;
    filter: RecountedPartition['filter'];
  }): Promise<void> {
    const { connection, configuration, unsettled } = this.#options;
    const { worker, partition, states, topic, take, filter } = of;
    let position = of.from;
    const read = (range: { partition: number; from: number; to: number }) =>
      this.#read(topic, range);
    const recounted: RecountedPartition = {
      worker,
      partition,
      states,
      filter,
      get position() {
        return position;
      },
      async advance(to) {
        for await (const batch of read({ partition, from: position, to })) batch.forEach(take);
        position = to;
      },
    };
    const compared = await compareStates(recounted, {
      redis: connection.redis,
      limits: {
        bucketsPerRequest: configuration.BUCKETS_PER_REQUEST,
        statesPerScript: configuration.STATES_PER_SCRIPT,
      },
      end: async () => (await endsOf(connection)).of(topic)[partition] ?? 0,
      report: this.#report,
      unsettled,
    });
    this.#compared.states += compared.states;
  }

  #read<Topic extends TopicName>(
    topic: Topic,
    range: { partition: number; from: number; to: number },
  ): AsyncGenerator<readonly Read<Topic>[]> {
    const batches = this.#readers[topic].read(range);
    return records(topic, { batches, codec: this.#options.connection.codec });
  }

  #consumedEvents(topic: 'loyalty-events' | 'reward-events', partition: number): OrderedEvents {
    const { cut, connection } = this.#options;
    const batches = consumed(topic, {
      reader: this.#readers[topic],
      codec: connection.codec,
      partition,
      to: cut.readTo[topic][partition] ?? 0,
      isBehindTheCut: (event) =>
        this.#isBehindTheCut(event, topic === 'loyalty-events' ? 'transactions' : 'entitlements'),
      unreadable: (read) => this.#deadLetters.expect(topic, partition, read),
    });
    return new OrderedEvents(topic, { batches, report: this.#report });
  }

  #packedEvents(packed: PackedRecords | undefined): OrderedEvents {
    const { codec } = this.#options.connection;
    const isBehind = (event: Event) => this.#isBehindTheCut(event, 'transactions');
    // eslint-disable-next-line @typescript-eslint/require-await -- the other source of events waits for Kafka.
    const batches = (async function* () {
      for (const value of packed ?? []) {
        const record: Typed = codec.decode(value);
        if (isEvent(record) && !isBehind(record)) yield [record];
      }
    })();
    return new OrderedEvents('entitlements', { batches, report: this.#report });
  }

  /** Caused by a record that came after the cut; not so what no record can have caused yet. */
  #isBehindTheCut({ value }: Event, source: 'transactions' | 'entitlements'): boolean {
    const { sourcePartition, sourceOffset } = value;
    const cut = this.#options.cut.cuts.of(source)[sourcePartition] ?? 0;
    const end = this.#endsNow.of(source)[sourcePartition] ?? 0;
    return sourceOffset >= cut && sourceOffset < end;
  }

  #partitionOf(target: ExpectedEvent['to']): number {
    if (target === undefined) throw new Error('an entitlement has no partition');
    if ('partition' in target) return target.partition;
    return partitionOf({ key: target.key, partitions: this.#options.cut.partitions });
  }
}
