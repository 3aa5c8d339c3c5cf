import { QueryCache, QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import { AccessProvider, useAccess, useAccessState } from './api/access.tsx';
import { ApiError } from './api/client.ts';
import { refetchInterval } from './api/use-report.ts';
import { useLanguage } from './i18n/language.tsx';
import { Announcer } from './parts/announcer.tsx';
import { Failed, Loading } from './parts/card.tsx';
import { Controls } from './parts/controls.tsx';
import { KeyForm } from './parts/key-form.tsx';
import { TopBar } from './parts/top-bar.tsx';
import type { ViewName } from './selection/address.ts';
import { firstDay } from './selection/days.ts';
import { liveliest } from './selection/liveliest.ts';
import { SelectionProvider, useAddress, useSelection } from './selection/selection.tsx';
import { Members } from './views/members.tsx';
import { Overview } from './views/overview.tsx';
import { Rewards } from './views/rewards.tsx';
import { Sql } from './views/sql.tsx';
import { Tenants } from './views/tenants.tsx';

/** How long figures that nobody looks at are kept, to be shown at once when somebody comes back. */
const keptMs = 10 * 60_000;

export function App() {
  const { state, enter, leave } = useAccessState();
  if (state.type === 'none') return <KeyForm why={state.why} enter={enter} />;
  return (
    <AccessProvider accessKey={state.key} leave={leave}>
      <Inside />
    </AccessProvider>
  );
}

function Inside() {
  const { leave } = useAccess();
  const client = useMemo(() => {
    const onError = (error: unknown): void => {
      if (error instanceof ApiError && error.status === 401) leave('refused');
    };
    return new QueryClient({
      queryCache: new QueryCache({ onError }),
      defaultOptions: { queries: { retry: false, gcTime: keptMs, refetchOnWindowFocus: true } },
    });
  }, [leave]);
  return (
    <QueryClientProvider client={client}>
      <Announcer />
      <WithProgrammes />
    </QueryClientProvider>
  );
}

function WithProgrammes() {
  const { m } = useLanguage();
  const { api } = useAccess();
  const address = useAddress();
  const { data, error, refetch } = useQuery({
    queryKey: ['programmes'],
    queryFn: ({ signal }) => api.programmes(signal),
    refetchInterval,
  });
  if (data === undefined)
    return (
      <Frame>
        {error === null ? <Loading /> : <Failed error={error} retry={() => void refetch()} />}
      </Frame>
    );
  const programme = data.find(({ programme: id }) => id === address.programme) ?? liveliest(data);
  if (programme === undefined)
    return (
      <Frame>
        <p className="empty">{m.noProgrammes}</p>
      </Frame>
    );
  const asOf = address.asOf ?? programme.today;
  return (
    <SelectionProvider value={{ programme, asOf, period: address.period }}>
      <a className="skip" href="#figures" onClick={focusFigures}>
        {m.skip}
      </a>
      <TopBar view={address.view} />
      <Controls programmes={data} />
      <View name={address.view} />
    </SelectionProvider>
  );
}

function Frame({ children }: { children: ReactNode }) {
  return <main className="frame">{children}</main>;
}

const views: Record<ViewName, () => ReactNode> = {
  overview: Overview,
  tenants: Tenants,
  members: Members,
  rewards: Rewards,
  sql: Sql,
};

function focusFigures(event: { preventDefault: () => void }): void {
  // The address holds the view, so the link only moves the focus.
  event.preventDefault();
  document.querySelector<HTMLElement>('#figures')?.focus();
}

/** The figures under a heading that says what they are of; it takes the focus when the view changes. */
function View({ name }: { name: ViewName }) {
  const { m, format } = useLanguage();
  const { programme, asOf, period } = useSelection();
  const place = useRef<HTMLElement>(null);
  const shown = useRef(name);
  useEffect(() => {
    document.title = `${m[name]} · ${m.pageTitle}`;
    if (shown.current !== name) {
      place.current?.focus();
      window.scrollTo(0, 0);
    }
    shown.current = name;
  }, [name, m]);
  const first = firstDay(period, asOf);
  const Body = views[name];
  return (
    <main id="figures" ref={place} tabIndex={-1} aria-labelledby="view-title">
      <div className="title">
        <h1 id="view-title">{m[name]}</h1>
        {name !== 'sql' && (
          <p>
            {programme.name},{' '}
            {first === asOf
              ? format.longDay(asOf)
              : m.span(format.longDay(first), format.longDay(asOf))}
          </p>
        )}
      </div>
      <Body />
    </main>
  );
}
