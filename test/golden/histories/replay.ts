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
} from '@semarak/programme';
import { epochDayOf, programmeDocument } from '@semarak/schemas';
import { z } from 'zod';
import { historyName } from '../table/history-name.ts';
import type { Keeping } from '../table/cases.ts';

const instant = z.iso.datetime({ offset: true });
const day = z.iso.date();
const tillKey = z.object({ terminalId: z.string(), businessDay: day, sequence: z.int() });
type TillKey = z.infer<typeof tillKey>;

const enrolment = z.object({
  programme: z.string(),
  memberId: z.string(),
  enrolledAt: instant,
  receivedAt: instant,
});

const transaction = tillKey.extend({
  programme: z.string(),
  type: z.enum(['sale', 'refund', 'void']),
  memberId: z.string().optional(),
  tenantId: z.string().optional(),
  amount: z.int().optional(),
  currency: z.string().optional(),
  occurredAt: instant,
  receivedAt: instant,
  original: tillKey.optional(),
});

/** A line of a recording as it came in; the simulator writes the first two. */
const arrival = z.union([
  z.object({ enrolment }),
  z.object({ transaction }),
  z.object({ dayClosed: day }),
]);
type Arrival = z.infer<typeof arrival>;

/**
 * A recording made anew: the same documents and records, each with the events that it gives today.
 * Equal to the text given, byte for byte, if today’s code decides as the one that recorded did. Throws
 * on a line that is none.
 */
export function replay(recording: string, keeping: Keeping): string {
  const [head = '', ...lines] = recording.trimEnd().split('\n');
  const { documents } = z
    .object({ documents: z.array(programmeDocument).min(1) })
    .parse(JSON.parse(head));
  let rules = compileRules(documents);
  const states = new Map<string, MemberState>();
  const decided = (record: MemberRecord): DomainEvent[] => {
    if (record.type === 'TransactionRecorded') {
      const impossible = whyImpossible(record.value, rules);
      if (impossible !== undefined) throw new Error(impossible);
    }
    const name = historyName(record);
    const { state, events } = decide(states.get(name) ?? initialState(), record, rules);
    states.set(name, keeping === 'as_bytes' ? decodeState(encodeState(state)) : state);
    return events;
  };
  const replayed = lines.map((line) => {
    const came = arrival.parse(JSON.parse(line));
    if ('dayClosed' in came) {
      rules = withClosedDay(compileRules(documents), dayNumber(came.dayClosed));
      return JSON.stringify(came);
    }
    return JSON.stringify({ ...came, events: decided(recordOf(came)) });
  });
  return [JSON.stringify({ documents }), ...replayed, ''].join('\n');
}

function recordOf(came: Exclude<Arrival, { dayClosed: string }>): MemberRecord {
  if ('enrolment' in came) {
    const { programme, memberId, enrolledAt, receivedAt } = came.enrolment;
    return {
      type: 'MemberEnrolled',
      value: {
        programme,
        memberId,
        enrolledAt: Date.parse(enrolledAt),
        receivedAt: Date.parse(receivedAt),
      },
    };
  }
  const sent = came.transaction;
  return {
    type: 'TransactionRecorded',
    value: {
      programme: sent.programme,
      transactionId: idOf(sent),
      type: sent.type,
      memberId: sent.memberId ?? null,
      tenantId: sent.tenantId ?? null,
      businessDay: dayNumber(sent.businessDay),
      amount: sent.amount ?? 0,
      currency: sent.currency ?? null,
      occurredAt: Date.parse(sent.occurredAt),
      receivedAt: Date.parse(sent.receivedAt),
      originalId: sent.original === undefined ? null : idOf(sent.original),
    },
  };
}

const idOf = ({ terminalId, businessDay, sequence }: TillKey): string =>
  `${terminalId}/${businessDay}/${sequence}`;

function dayNumber(text: string): number {
  const number = epochDayOf(text);
  if (number === undefined) throw new Error(`${text} is no calendar date`);
  return number;
}
