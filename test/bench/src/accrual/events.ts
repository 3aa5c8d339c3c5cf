import type { DomainEvent } from '@semarak/programme';
import type { DerivedEvent } from '../stack/derived-events.ts';
import { add, type Sums } from '../sums.ts';

/** Adds an event, as the rules make it or as it lies in the log; whatever its order among others, the sums are the same. */
export function addEvent(sums: Sums, event: DomainEvent | DerivedEvent): void {
  add(sums, event.type, 1);
  if (event.type !== 'TransactionPosted') return;
  const posted = event.value;
  add(sums, 'remaining', posted.remainingChange);
  add(sums, 'points', posted.pointsChange);
  add(sums, 'balances', posted.balance);
}
