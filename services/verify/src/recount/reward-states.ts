import type { RewardState } from '@semarak/schemas';
import { assertNever } from '../assert-never.ts';

/** The state with its lists in one order and without what says nothing, so that equal ones look equal. */
export function inOrder(state: RewardState): RewardState {
  switch (state.type) {
    case 'draw':
    case 'holder':
      return state;
    case 'gift_stock':
      return {
        ...state,
        taken: sorted(
          state.taken.filter(({ count }) => count !== 0),
          ({ month, edition }) => `${month}/${edition}`,
        ),
      };
    case 'tickets':
      return {
        ...state,
        sales: sorted(
          state.sales.map(({ transactionId, tickets }) => ({
            transactionId,
            tickets: [...tickets].sort((a, b) => a.ticket - b.ticket),
          })),
          ({ transactionId }) => transactionId,
        ),
      };
    case 'gifts':
      return { ...state, items: [...state.items].sort((a, b) => a.serial - b.serial) };
    case 'programme_stocks':
      return {
        ...state,
        versions: sorted(
          state.versions.map((version) => ({
            ...version,
            stocks: sorted(version.stocks, (row) => `${row.campaign}/${row.month}/${row.edition}`),
          })),
          ({ programme, version }) => `${programme}/${version}`,
        ),
      };
    default:
      return assertNever(state);
  }
}

function sorted<Entry>(entries: readonly Entry[], by: (entry: Entry) => string): Entry[] {
  return [...entries].sort((a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0));
}
