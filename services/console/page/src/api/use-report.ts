import { keepPreviousData, useQuery, type Query } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { announceUpdate } from '../parts/announcer.tsx';
import { useSelection } from '../selection/selection.tsx';
import { useAccess } from './access.tsx';
import { pauseAfter } from './polling.ts';
import type { ReportName, Row } from './reports.ts';

/** What a card knows of its report. `stale`: the last question failed, these are older figures. */
export type Report<Name extends ReportName> =
  | { readonly type: 'loading' }
  | { readonly type: 'failed'; readonly error: Error; readonly retry: () => void }
  | { readonly type: 'ready'; readonly rows: readonly Row<Name>[]; readonly stale: boolean };

/** The pause before a query is asked again, for react-query. */
export const refetchInterval = (query: Pick<Query, 'state'>): number =>
  pauseAfter({ failures: query.state.fetchFailureCount, error: query.state.error });

/**
 * A report of the selected programme and date, asked for again and again while the tab is seen. Rows
 * are the same object until they differ.
 */
export function useReport<Name extends ReportName>(name: Name): Report<Name> {
  const { api } = useAccess();
  const { programme, asOf } = useSelection();
  const query = useQuery({
    queryKey: ['report', name, programme.programme, asOf],
    queryFn: ({ signal }) => api.report({ name, programme: programme.programme, asOf }, signal),
    refetchInterval,
    // Another date of the same programme keeps the old figures until the new ones are there.
    placeholderData: (previous, before) =>
      before?.queryKey[2] === programme.programme ? keepPreviousData(previous) : undefined,
  });
  const rows = query.data?.rows;
  const seen = useRef(rows);
  useEffect(() => {
    if (seen.current !== undefined && rows !== undefined && rows !== seen.current) announceUpdate();
    seen.current = rows;
  }, [rows]);
  if (rows !== undefined)
    return { type: 'ready', rows, stale: query.isError || query.isPlaceholderData };
  if (query.error !== null)
    return { type: 'failed', error: query.error, retry: () => void query.refetch() };
  return { type: 'loading' };
}
