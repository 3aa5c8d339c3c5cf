import {
  compileRules,
  decide,
  decodeState,
  encodeState,
  initialState,
  whyImpossible,
  withClosedDay,
  type DomainEvent,
  type MemberRecord,
  type MemberState,
  type ProgrammeRules,
} from '@semarak/programme';
import {
  campaignKey,
  memberKey,
  programmeDocument,
  publicationVerdict,
  tillKey,
  transactionKey,
  unreadableIdOf,
  type ProgrammeDocument,
  type Records,
  type RecordsOf,
  type Typed,
} from '@semarak/schemas';
import type { Event } from '../comparison/consumer-view.ts';

/** An event that a record of `transactions` should have caused. */
export interface ExpectedEvent {
  readonly topic: 'loyalty-events' | 'entitlements';
  readonly event: Event;
  /** Partition in `entitlements`: the one of the campaign’s key, unless it is named. */
  readonly to: { readonly key: string } | { readonly partition: number } | undefined;
}

/** What one record of `transactions` should have caused. */
export type Caused =
  | { readonly type: 'events'; readonly events: readonly ExpectedEvent[] }
  /** It can be part of no history: a dead letter. */
  | { readonly type: 'unreadable' };

interface Programme {
  readonly documents: ProgrammeDocument[];
  closedDay: number | undefined;
  /** Undefined: to be made from the documents and the closed day. */
  rules: ProgrammeRules | undefined;
}

const nothing: Caused = { type: 'events', events: [] };
const unreadable: Caused = { type: 'unreadable' };

/** Histories that are kept ready for the next record, the others encoded. */
const liveHistoriesMax = 512;

/**
 * One partition of `transactions` counted again from its beginning: the history of each member and of
 * each terminal’s day of anonymous sales, and what each record should have caused. Histories are kept
 * encoded, about 200 bytes each.
 */
export class AccrualRecount {
  readonly #partition: number;
  readonly #isOwnKey: (key: string) => boolean;
  readonly #histories = new Map<string, Uint8Array>();
  /** The one used last comes last; what is here is newer than its encoding. */
  readonly #live = new Map<string, MemberState>();
  readonly #programmes = new Map<string, Programme>();

  /** `isOwnKey`: whether the partition is that of a Kafka key. */
  constructor(partition: number, isOwnKey: (key: string) => boolean) {
    this.#partition = partition;
    this.#isOwnKey = isOwnKey;
  }

  /** Histories by their names in Redis; read them with `decodeState`. */
  get histories(): ReadonlyMap<string, Uint8Array> {
    for (const name of this.#live.keys()) this.#putAway(name);
    return this.#histories;
  }

  /** What the partition has been told of programmes, in any order. */
  get published(): { documents: ProgrammeDocument[]; closedDays: Record<string, number> } {
    const closedDays: Record<string, number> = {};
    for (const [programme, { closedDay }] of this.#programmes)
      if (closedDay !== undefined) closedDays[programme] = closedDay;
    return {
      documents: [...this.#programmes.values()].flatMap(({ documents }) => documents),
      closedDays,
    };
  }

  /** Whether a record can be part of a history: `apply` would not say that it is unreadable. */
  canTake(record: Typed<RecordsOf<'transactions'>>): boolean {
    if (record.type === 'ProgrammePublished') return this.#verdictOn(record.value) !== undefined;
    if (record.type === 'BusinessDayClosed') return true;
    if (record.type === 'MemberEnrolled') return this.#isOwnKey(memberKey(record.value));
    const { value } = record;
    return (
      unreadableIdOf(value) === undefined &&
      this.#isOwnKey(transactionKey(value)) &&
      whyImpossible(value, this.rulesOf(value.programme)) === undefined
    );
  }

  /** Takes the next record. */
  apply(record: Typed<RecordsOf<'transactions'>>, offset: number): Caused {
    if (!this.canTake(record)) return unreadable;
    switch (record.type) {
      case 'ProgrammePublished':
        return this.#publish(record.value, offset);
      case 'BusinessDayClosed':
        return this.#close(record.value, offset);
      case 'TransactionRecorded': {
        const { value } = record;
        const rules = this.rulesOf(value.programme);
        const { programme, transactionId: cause, occurredAt, receivedAt } = value;
        const envelope = { programme, cause, occurredAt, receivedAt };
        return this.#decide(record, { name: historyName(value), envelope, rules, offset });
      }
      case 'MemberEnrolled': {
        const { programme, memberId: cause, enrolledAt: occurredAt, receivedAt } = record.value;
        const envelope = { programme, cause, occurredAt, receivedAt };
        const rules = this.rulesOf(programme);
        return this.#decide(record, { name: memberKey(record.value), envelope, rules, offset });
      }
    }
  }

  #decide(
    record: MemberRecord,
    at: {
      name: string;
      envelope: { programme: string; cause: string; occurredAt: number; receivedAt: number };
      rules: ProgrammeRules;
      offset: number;
    },
  ): Caused {
    const { name, envelope, rules, offset } = at;
    const { programme, cause, occurredAt, receivedAt } = envelope;
    const { state, events } = decide(this.#takeOut(name), record, rules);
    this.#live.set(name, state);
    const [oldest = name] = this.#live.keys();
    if (this.#live.size > liveHistoriesMax) this.#putAway(oldest);
    if (events.length === 0) return nothing;
    const next = { 'loyalty-events': 0, entitlements: 0 };
    return {
      type: 'events',
      events: events.map((event): ExpectedEvent => {
        const campaign = campaignOf(event);
        const topic = campaign === undefined ? 'loyalty-events' : 'entitlements';
        // Spread first and then named: many spreads make objects that are slow and large.
        const value = {
          ...event.value,
          sourcePartition: this.#partition,
          sourceOffset: offset,
          ordinal: next[topic]++,
          programme,
          cause,
          occurredAt,
          receivedAt,
        };
        const to =
          campaign === undefined ? undefined : { key: campaignKey({ programme, campaign }) };
        return { topic, event: { type: event.type, value } as Event, to };
      }),
    };
  }

  #takeOut(name: string): MemberState {
    const live = this.#live.get(name);
    if (live !== undefined) {
      this.#live.delete(name);
      return live;
    }
    const bytes = this.#histories.get(name);
    return bytes === undefined ? initialState() : decodeState(bytes);
  }

  #putAway(name: string): void {
    const state = this.#live.get(name);
    if (state !== undefined) this.#histories.set(name, encodeState(state));
    this.#live.delete(name);
  }

  /** Undefined: it is no document or refused. */
  #verdictOn({ document: json, supersedes }: Records['ProgrammePublished']) {
    const document = documentOf(json);
    if (document === undefined) return undefined;
    const { documents } = this.#programmeOf(document.programme);
    const { type } = publicationVerdict({ document, supersedes }, documents);
    return type === 'refused' ? undefined : { type, document };
  }

  #publish(value: Records['ProgrammePublished'], offset: number): Caused {
    const verdict = this.#verdictOn(value);
    if (verdict === undefined) return unreadable;
    if (verdict.type === 'known') return nothing;
    const { document } = verdict;
    const known = this.#programmeOf(document.programme);
    known.documents.push(document);
    known.rules = undefined;
    const { programme, version, partitions } = value;
    return this.#announced(partitions, (ordinal) => ({
      type: 'ProgrammeAnnounced',
      value: {
        ...this.#id(offset, ordinal),
        programme,
        version,
        partitions,
        document: value.document,
      },
    }));
  }

  #close(value: Records['BusinessDayClosed'], offset: number): Caused {
    const { programme, businessDay, closedAt, partitions } = value;
    const known = this.#programmeOf(programme);
    if (known.closedDay !== undefined && known.closedDay >= businessDay) return nothing;
    known.closedDay = businessDay;
    known.rules = undefined;
    return this.#announced(partitions, (ordinal) => ({
      type: 'BusinessDayAnnounced',
      value: { ...this.#id(offset, ordinal), programme, businessDay, closedAt, partitions },
    }));
  }

  #announced(partitions: number, event: (ordinal: number) => Event): Caused {
    const events = Array.from({ length: partitions }, (_, partition) => ({
      topic: 'entitlements' as const,
      event: event(partition),
      to: { partition },
    }));
    return { type: 'events', events };
  }

  #id(sourceOffset: number, ordinal: number) {
    return { sourcePartition: this.#partition, sourceOffset, ordinal };
  }

  #programmeOf(programme: string): Programme {
    let known = this.#programmes.get(programme);
    if (known === undefined) {
      known = { documents: [], closedDay: undefined, rules: undefined };
      this.#programmes.set(programme, known);
    }
    return known;
  }

  /** The rules of a programme as far as they are known now, with what is closed. */
  rulesOf(programme: string): ProgrammeRules {
    const known = this.#programmes.get(programme);
    if (known === undefined) return compileRules([]);
    if (known.rules === undefined) {
      const rules = compileRules(known.documents);
      known.rules = known.closedDay === undefined ? rules : withClosedDay(rules, known.closedDay);
    }
    return known.rules;
  }
}

/** The document; undefined for text that is none. */
export function documentOf(json: string): ProgrammeDocument | undefined {
  try {
    return programmeDocument.parse(JSON.parse(json));
  } catch {
    return undefined;
  }
}

/** The member; without one, the terminal and business day of the sale that is made or meant. */
function historyName(record: Records['TransactionRecorded']): string {
  const { programme, memberId, originalId, transactionId } = record;
  if (memberId !== null) return memberKey({ programme, memberId });
  const sale = tillKey(originalId ?? transactionId);
  return `${programme}/${sale.terminalId}/${sale.businessDay}`;
}

function campaignOf(event: DomainEvent): string | undefined {
  return 'campaign' in event.value ? event.value.campaign : undefined;
}
