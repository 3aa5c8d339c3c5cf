import { createContext, use, useSyncExternalStore, type ReactNode } from 'react';
import type { Period, Programme } from '../api/reports.ts';
import { readAddress, writeAddress, type Address } from './address.ts';

/** What the figures are of. */
export interface Selection {
  readonly programme: Programme;
  readonly asOf: string;
  readonly period: Period;
}

const SelectionContext = createContext<Selection | undefined>(undefined);

/** Throws outside of SelectionProvider. */
export function useSelection(): Selection {
  const selection = use(SelectionContext);
  if (selection === undefined) throw new Error('useSelection needs a SelectionProvider');
  return selection;
}

export function SelectionProvider(props: { value: Selection; children: ReactNode }) {
  return <SelectionContext value={props.value}>{props.children}</SelectionContext>;
}

const changed = 'semarak:address';

function subscribe(listener: () => void): () => void {
  for (const name of ['hashchange', changed]) window.addEventListener(name, listener);
  return () => {
    for (const name of ['hashchange', changed]) window.removeEventListener(name, listener);
  };
}

const readHash = (): string => window.location.hash;

/** The page's address, so that a link or a reload shows the same. */
export const useAddress = (): Address => readAddress(useSyncExternalStore(subscribe, readHash));

/** Changes a part of the address without an entry in the browser's history. */
export function changeAddress(change: Partial<Address>): void {
  const next = writeAddress({ ...readAddress(readHash()), ...change });
  window.history.replaceState(null, '', next);
  window.dispatchEvent(new Event(changed));
}
