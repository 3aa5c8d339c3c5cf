import { useQuery } from '@tanstack/react-query';
import { useAccess } from '../api/access.tsx';
import { refetchInterval } from '../api/use-report.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useSelection } from '../selection/selection.tsx';
import { momentText } from './moment.ts';

/** How far the figures go, in the mall's own time. */
export function FreshnessLine() {
  const { m, format } = useLanguage();
  const { api } = useAccess();
  const { programme } = useSelection();
  const { data, isError } = useQuery({
    queryKey: ['freshness', programme.programme],
    queryFn: ({ signal }) => api.freshness(programme.programme, signal),
    refetchInterval,
  });
  if (data === undefined)
    return (
      <p className="freshness" data-state={isError ? 'lost' : 'loading'}>
        <i aria-hidden="true" />
        <span>{isError ? m.connectionLost : m.loadingFreshness}</span>
      </p>
    );
  const { complete_up_to: completeUpTo, late_records_today: late, lag_records: lag } = data;
  const said = [
    completeUpTo === null
      ? m.noRecords
      : m.completeUpTo(
          momentText(completeUpTo, { timeZone: programme.time_zone, now: new Date(), format }),
        ),
    m.lateToday(format.count(late), late),
    ...(lag > 0 ? [m.behind(format.count(lag), lag)] : []),
  ];
  return (
    <p className="freshness" data-state={isError ? 'lost' : lag > 0 ? 'behind' : 'fresh'}>
      <i aria-hidden="true" />
      <span>
        {said.join(', ')}
        {isError && <strong>{` · ${m.connectionLost}`}</strong>}
      </span>
    </p>
  );
}
