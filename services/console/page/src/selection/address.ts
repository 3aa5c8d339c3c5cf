import { periods, type Period } from '../api/reports.ts';
import { isDay } from './days.ts';

export const views = ['overview', 'tenants', 'members', 'rewards', 'sql'] as const;
export type ViewName = (typeof views)[number];

/** What the page's address says; what it does not say follows the newest figures. */
export interface Address {
  readonly view: ViewName;
  readonly programme: string | undefined;
  readonly asOf: string | undefined;
  readonly period: Period;
}

/** Reads `#/tenants?programme=…&as_of=…&period=…`; what is wrong counts as not said. */
export function readAddress(hash: string): Address {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const said = new URLSearchParams(search);
  const asOf = said.get('as_of') ?? '';
  return {
    view: views.find((view) => view === path) ?? 'overview',
    programme: said.get('programme') ?? undefined,
    asOf: isDay(asOf) ? asOf : undefined,
    period: periods.find((period) => period === said.get('period')) ?? 'today',
  };
}

export function writeAddress({ view, programme, asOf, period }: Address): string {
  const said = new URLSearchParams();
  if (programme !== undefined) said.set('programme', programme);
  if (asOf !== undefined) said.set('as_of', asOf);
  if (period !== 'today') said.set('period', period);
  const search = said.toString();
  return `#/${view}${search === '' ? '' : `?${search}`}`;
}
