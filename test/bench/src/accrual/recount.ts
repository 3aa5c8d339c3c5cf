import {
  compileRules,
  decide,
  decodeState,
  encodeState,
  encodeStateAnew,
  initialState,
  type MemberState,
} from '@semarak/programme';
import { memberKey, programmeFiles, readProgramme } from '@semarak/schemas';
import {
  enrolment,
  memberId,
  memberOf,
  programme,
  transactionAt,
  type Mall,
} from '../mall/mall.ts';
import type { Sums } from '../sums.ts';
import { addEvent } from './events.ts';

/**
 * Decides the mall's month again, member by member, from what was generated. Adds all events to `sums`
 * and gives each member's state under its name.
 */
export function* recount(mall: Mall, sums: Sums): Generator<readonly [string, MemberState]> {
  const documents = programmeFiles().map(readProgramme);
  const rules = compileRules(documents.filter((document) => document.programme === programme));
  const { starts, order } = byMember(mall);
  for (let member = 0; member < mall.members; member++) {
    const enrolled = { type: 'MemberEnrolled', value: enrolment(member) } as const;
    let { state, events } = decide(initialState(), enrolled, rules);
    for (const event of events) addEvent(sums, event);
    for (let at = starts[member] ?? 0; at < (starts[member + 1] ?? 0); at++) {
      const value = transactionAt(mall, order[at] ?? 0);
      ({ state, events } = decide(state, { type: 'TransactionRecorded', value }, rules));
      for (const event of events) addEvent(sums, event);
    }
    yield [memberKey({ programme, memberId: memberId(member) }), state];
  }
}

/** The numbers of the transactions, each member's together and in their order. */
function byMember(mall: Mall): { starts: Uint32Array; order: Uint32Array } {
  const members = Uint32Array.from({ length: mall.transactions }, (_, index) =>
    memberOf(mall, index),
  );
  const starts = new Uint32Array(mall.members + 1);
  for (const member of members) starts[member + 1] = (starts[member + 1] ?? 0) + 1;
  for (let member = 0; member < mall.members; member++)
    starts[member + 1] = (starts[member + 1] ?? 0) + (starts[member] ?? 0);
  const next = starts.slice();
  const order = new Uint32Array(mall.transactions);
  members.forEach((member, index) => {
    const at = next[member] ?? 0;
    order[at] = index;
    next[member] = at + 1;
  });
  return { starts, order };
}

/** Whether stored bytes mean this state. */
export function isState(bytes: Buffer | null, state: MemberState): boolean {
  if (bytes === null) return false;
  const should = encodeState(state);
  if (bytes.equals(should)) return true;
  const anew = (one: Uint8Array) => encodeStateAnew(decodeState(one));
  return Buffer.compare(anew(bytes), anew(should)) === 0;
}
