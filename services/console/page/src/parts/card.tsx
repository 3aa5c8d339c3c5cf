import { useId, useState, type ReactNode } from 'react';
import { useAccess } from '../api/access.tsx';
import type { ReportName, Row } from '../api/reports.ts';
import { useReport } from '../api/use-report.ts';
import { useLanguage } from '../i18n/language.tsx';
import { useSelection } from '../selection/selection.tsx';
import { saveFile } from './save-file.ts';

/** A part of the page with one report: its heading, its states, and its file. */
export function ReportCard<Name extends ReportName>(props: {
  report: Name;
  title: string;
  lead?: ReactNode;
  className?: string;
  /** Controls beside the heading. */
  tools?: ReactNode;
  /** The rows that the card is about; none of them shows the empty state. */
  select: (rows: readonly Row<Name>[]) => readonly Row<Name>[];
  children: (rows: readonly Row<Name>[]) => ReactNode;
}) {
  const { report: name, title, lead, tools } = props;
  const { m } = useLanguage();
  const report = useReport(name);
  const heading = useId();
  const rows = report.type === 'ready' ? props.select(report.rows) : [];
  return (
    <section
      className={`card ${props.className ?? ''}`}
      aria-labelledby={heading}
      aria-busy={report.type === 'loading'}
      data-report={name}
      data-state={report.type === 'ready' && rows.length === 0 ? 'empty' : report.type}
    >
      <header>
        <div>
          <h2 id={heading}>{title}</h2>
          {lead !== undefined && <p className="lead">{lead}</p>}
        </div>
        <div className="tools">
          {tools}
          <SaveCsv report={name} title={title} />
        </div>
      </header>
      {report.type === 'loading' && <Loading />}
      {report.type === 'failed' && <Failed error={report.error} retry={report.retry} />}
      {report.type === 'ready' && rows.length === 0 && <p className="empty">{m.empty}</p>}
      {report.type === 'ready' && rows.length > 0 && (
        <div className={report.stale ? 'body stale' : 'body'}>{props.children(rows)}</div>
      )}
    </section>
  );
}

export function Loading() {
  const { m } = useLanguage();
  return (
    <div className="loading" role="status">
      <span className="only-heard">{m.loading}</span>
      <i />
      <i />
      <i />
    </div>
  );
}

export function Failed({ error, retry }: { error: Error; retry: () => void }) {
  const { m } = useLanguage();
  return (
    <div className="failed" role="alert">
      <p>
        <strong>{m.failed}</strong> {error.message}
      </p>
      <button type="button" className="quiet" onClick={retry}>
        {m.tryAgain}
      </button>
    </div>
  );
}

function SaveCsv({ report, title }: { report: ReportName; title: string }) {
  const { m } = useLanguage();
  const { api } = useAccess();
  const { programme, asOf } = useSelection();
  const [problem, setProblem] = useState<string>();
  const save = async (): Promise<void> => {
    setProblem(undefined);
    try {
      const file = await api.reportCsv({ name: report, programme: programme.programme, asOf });
      saveFile(file, `${report}-${programme.programme}-${asOf}.csv`);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <>
      <button
        type="button"
        className="icon"
        onClick={() => void save()}
        aria-label={`${m.saveCsv}: ${title}`}
        title={m.saveCsv}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <path d="M10 3v9m0 0 3.5-3.5M10 12 6.5 8.5M4 15.5h12" />
        </svg>
        CSV
      </button>
      {problem !== undefined && (
        <span className="problem" role="alert">
          {m.csvFailed} {problem}
        </span>
      )}
    </>
  );
}
