import type { ProgrammeDocument } from '@semarak/schemas';
import type { MallClock } from './clock.ts';
import type { Draft, NumberedTransaction } from './drafts.ts';
import type { TillKey } from './records.ts';

/** Each till numbers its transactions in the order in which they happen. */
export function numberByTill(day: {
  readonly drafts: readonly Draft[];
  readonly day: string;
  readonly programme: ProgrammeDocument;
  readonly clock: MallClock;
}): NumberedTransaction[] {
  const { programme, currency } = day.programme;
  const sequences = new Map<string, number>();
  const keys = new Map<Draft, TillKey>();
  return [...day.drafts]
    .sort((a, b) => a.second - b.second)
    .map((draft) => {
      const sequence = (sequences.get(draft.terminalId) ?? 0) + 1;
      sequences.set(draft.terminalId, sequence);
      const key = { terminalId: draft.terminalId, businessDay: day.day, sequence };
      keys.set(draft, key);
      return {
        content: { programme, ...key, ...contentOf(draft, { currency, keys }) },
        occurredAt: day.clock.instantOf(draft.second),
      };
    });
}

function contentOf(
  draft: Draft,
  known: { readonly currency: string; readonly keys: ReadonlyMap<Draft, TillKey> },
): Omit<NumberedTransaction['content'], keyof TillKey | 'programme'> {
  if (draft.type === 'sale') {
    const { tenantId, amount, person } = draft;
    const member = person === undefined ? {} : { memberId: person.memberId };
    return { type: 'sale', tenantId, ...member, amount, currency: known.currency };
  }
  const original =
    'sequence' in draft.original ? tillKeyOf(draft.original) : known.keys.get(draft.original);
  if (original === undefined) throw new Error('a correction stands before what it corrects');
  const member = draft.memberId === undefined ? {} : { memberId: draft.memberId };
  if (draft.type === 'void') return { type: 'void', ...member, original };
  const { tenantId, amount } = draft;
  return { type: 'refund', tenantId, ...member, amount, currency: known.currency, original };
}

const tillKeyOf = ({ terminalId, businessDay, sequence }: TillKey): TillKey => ({
  terminalId,
  businessDay,
  sequence,
});
