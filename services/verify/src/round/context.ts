import type { TopicReader } from '@semarak/infra/kafka';
import type { TopicName } from '@semarak/schemas';
import type { Event } from '../comparison/consumer-view.ts';
import { causePlace, type CausePlace, type Cuts } from '../comparison/cuts.ts';
import { DeadLetters } from '../comparison/dead-letters.ts';
import type { Difference } from '../comparison/differences.ts';
import type { ExpectedEvents } from '../comparison/corrected-events.ts';
import { OrderedEvents } from '../comparison/ordered-events.ts';
import { PlacedRows } from '../comparison/placed-rows.ts';
import { compareStates, type RecountedPartition } from '../comparison/redis-states.ts';
import { StandingRows } from '../comparison/standing-rows.ts';
import type { Configuration } from '../config.ts';
import type { Progress } from '@semarak/infra/progress';
import { PublishedVersions } from '../recount/programmes.ts';
import type { ReportRecount } from '../recount/reports.ts';
import { endsOf, type Cut } from '../servers/catching-up.ts';
import type { Connection } from '../servers/connection.ts';
import { consumed, records, type Read } from '../servers/log.ts';
import { entitledEvents, type SourcedEntitlements } from './entitled.ts';

/** How much was compared. */
export interface Compared {
  transactions: number;
  events: number;
  rows: number;
  states: number;
}

export interface RoundOptions {
  readonly connection: Connection;
  readonly cut: Cut;
  /** What is compared; undefined: everything. */
  readonly wanted: ReadonlySet<string> | undefined;
  readonly configuration: Configuration;
  readonly report: (difference: Difference) => void;
  readonly unsettled: (what: string) => void;
  readonly progress: Progress;
}

export type Readers = Readonly<Record<TopicName, TopicReader>>;

/** What the partitions of one round share: the servers, what is compared with, and what is found. */
export class RoundContext {
  readonly options: RoundOptions;
  /** Drops what this round does not look at. */
  readonly report: (difference: Difference) => void;
  readonly placed: PlacedRows;
  readonly standing: StandingRows;
  readonly versions = new PublishedVersions();
  readonly deadLetters: DeadLetters;
  /** Refusals that stand, of all partitions: compared at the end. */
  readonly refusals: Readonly<Record<string, unknown>>[] = [];
  /** A recount for each report date of each programme, to which every partition adds. */
  reports: readonly ReportRecount[] = [];
  readonly compared: Compared = { transactions: 0, events: 0, rows: 0, states: 0 };
  readonly #readers: Readers;
  readonly #endsNow: Cuts;

  /** `endsNow`: where the log ends after the cut was taken. */
  constructor(options: RoundOptions, readers: Readers, endsNow: Cuts) {
    const { cut, wanted, unsettled } = options;
    const { clickhouse } = options.connection;
    const { cuts, partitions } = cut;
    this.options = options;
    this.#readers = readers;
    this.#endsNow = endsNow;
    this.report = (difference) => {
      if (wanted === undefined || wanted.has(difference.in)) options.report(difference);
    };
    const { report } = this;
    this.placed = new PlacedRows({ clickhouse, cuts, report });
    this.standing = new StandingRows({
      clickhouse,
      cuts,
      endsNow: () => endsOf(options.connection),
      partitions,
      report,
      unsettled,
      wanted,
    });
    this.deadLetters = new DeadLetters(report);
  }

  /** A range of a topic’s partition, decoded. */
  read<Topic extends TopicName>(
    topic: Topic,
    range: { partition: number; from: number; to: number },
  ): AsyncGenerator<readonly Read<Topic>[]> {
    const batches = this.#readers[topic].read(range);
    return records(topic, { batches, codec: this.options.connection.codec });
  }

  /** A partition of a derived topic as its consumers see it, to be compared event by event. */
  consumedEvents(topic: 'loyalty-events' | 'reward-events', partition: number): OrderedEvents {
    const { cut, connection } = this.options;
    const batches = consumed(topic, {
      reader: this.#readers[topic],
      codec: connection.codec,
      partition,
      to: cut.readTo[topic][partition] ?? 0,
      isBehindTheCut: (event) =>
        this.#isBehindTheCut(event, topic === 'loyalty-events' ? 'transactions' : 'entitlements'),
      unreadable: (read) => this.deadLetters.expect(topic, partition, read),
    });
    return new OrderedEvents(topic, { batches, report: this.report });
  }

  /** Entitlements of one source partition in one campaign partition, to be compared likewise. */
  entitledEvents(
    kept: SourcedEntitlements | undefined,
    { from, to }: { from: number; to: number },
  ): ExpectedEvents {
    const { connection, unsettled } = this.options;
    return entitledEvents(kept, {
      from,
      to,
      decode: (value) => connection.codec.decode(value),
      placeOf: (offset) => this.#causePlace('transactions', { partition: from, offset }),
      report: this.report,
      unsettled,
    });
  }

  /** All states of a worker’s partition, which the recount follows along the log. */
  async compareRedis<Topic extends 'transactions' | 'entitlements'>(of: {
    worker: RecountedPartition['worker'];
    partition: number;
    states: RecountedPartition['states'];
    from: number;
    topic: Topic;
    take: (read: Read<Topic>) => void;
    filter: RecountedPartition['filter'];
  }): Promise<void> {
    const { connection, configuration, unsettled } = this.options;
    const { worker, partition, states, topic, take, filter } = of;
    let position = of.from;
    const read = (range: { partition: number; from: number; to: number }) =>
      this.read(topic, range);
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
      report: this.report,
      unsettled,
    });
    this.compared.states += compared.states;
  }

  /** Caused by a record that came after the cut; not so what no record can have caused yet. */
  #isBehindTheCut({ value }: Event, source: 'transactions' | 'entitlements'): boolean {
    const { sourcePartition: partition, sourceOffset: offset } = value;
    return this.#causePlace(source, { partition, offset }) === 'behind_the_cut';
  }

  #causePlace(
    source: 'transactions' | 'entitlements',
    { partition, offset }: { partition: number; offset: number },
  ): CausePlace {
    const cut = this.options.cut.cuts.of(source)[partition] ?? 0;
    return causePlace(offset, { cut, end: this.#endsNow.of(source)[partition] ?? 0 });
  }
}
