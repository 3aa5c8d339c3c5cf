import { useMutation } from '@tanstack/react-query';
import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { useAccess } from '../api/access.tsx';
import { useLanguage } from '../i18n/language.tsx';
import { useSelection } from '../selection/selection.tsx';
import { examplesFor } from '../sql/examples.ts';
import { SqlResult } from './sql-result.tsx';

/** A box for SQL with the user who can only read. */
export function Sql() {
  const { m } = useLanguage();
  const { api } = useAccess();
  const { programme, asOf } = useSelection();
  const examples = examplesFor({ programme: programme.programme, asOf });
  const [sql, setSql] = useState(examples[0].sql);
  const running = useRef<AbortController>(undefined);
  const id = useId();
  const query = useMutation({
    mutationFn: (statement: string) => {
      running.current = new AbortController();
      return api.query(statement, running.current.signal);
    },
  });
  const run = (): void => {
    if (!query.isPending && sql.trim() !== '') query.mutate(sql);
  };
  const stop = (): void => {
    running.current?.abort();
    query.reset();
  };
  const runOnKeys = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  };
  return (
    <div className="cards">
      <section className="card" aria-labelledby={`${id}-title`}>
        <header>
          <div>
            <h2 id={`${id}-title`}>{m.sqlTitle}</h2>
            <p className="lead">{m.sqlLead}</p>
          </div>
        </header>
        <div className="examples">
          <span id={`${id}-examples`}>{m.examples}</span>
          <ul aria-labelledby={`${id}-examples`}>
            {examples.map(({ name, sql: text }) => (
              <li key={name}>
                <button type="button" className="quiet" onClick={() => setSql(text)}>
                  {m[name]}
                </button>
              </li>
            ))}
          </ul>
        </div>
        <label htmlFor={`${id}-sql`} className="only-heard">
          {m.statement}
        </label>
        <textarea
          id={`${id}-sql`}
          value={sql}
          spellCheck={false}
          autoCapitalize="off"
          rows={7}
          aria-describedby={`${id}-hint`}
          onChange={(event) => setSql(event.target.value)}
          onKeyDown={runOnKeys}
        />
        <div className="run">
          {query.isPending ? (
            <button type="button" className="main" onClick={stop}>
              {m.stop}
            </button>
          ) : (
            <button type="button" className="main" onClick={run}>
              {m.run}
            </button>
          )}
          <span className="hint" id={`${id}-hint`}>
            {m.runHint}
          </span>
        </div>
        <div className="answer" role="status">
          {query.isPending && <p className="empty">{m.running}</p>}
          {query.isIdle && <p className="empty">{m.noResult}</p>}
          {query.isError && (
            <p className="failed">
              <strong>{m.queryFailed}</strong> <span className="said">{query.error.message}</span>
            </p>
          )}
        </div>
        {query.data !== undefined && <SqlResult answer={query.data} />}
      </section>
    </div>
  );
}
