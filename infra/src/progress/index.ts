import { Presets, SingleBar } from 'cli-progress';

/** One piece of work that takes its time. */
export interface Progress {
  /** How much is done now, and what to say beside it. */
  update(done: number, note?: string): void;
  /** That so much more is done. */
  advance(by: number): void;
  finish(): void;
}

const lineEveryMs = 2_000;

/** A bar on a terminal; elsewhere a plain line every two seconds and one at the end. */
export function startProgress(work: {
  readonly title: string;
  readonly total: number;
  readonly stream: NodeJS.WriteStream;
}): Progress {
  return work.stream.isTTY ? bar(work) : lines(work);
}

interface Work {
  readonly title: string;
  readonly total: number;
  readonly stream: NodeJS.WriteStream;
}

// cli-progress would swallow the first Ctrl-C in order to restore a cursor that is not hidden here.
function bar({ title, total, stream }: Work): Progress {
  const shown = new SingleBar(
    { format: `${title} {bar} {value}/{total} {note}`, stream, barsize: 30, gracefulExit: false },
    Presets.shades_classic,
  );
  shown.start(total, 0, { note: '' });
  return {
    update: (done, note = '') => shown.update(done, { note }),
    advance: (by) => shown.increment(by),
    finish: () => shown.stop(),
  };
}

function lines({ title, total, stream }: Work): Progress {
  const startedAt = performance.now();
  let shownAt = startedAt;
  let shown = '';
  let last = '';
  let done = 0;
  const show = () => {
    if (last === shown) return;
    shown = last;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    stream.write(`${title} ${last} (${seconds} s)\n`);
  };
  const update = (now: number, note = ''): void => {
    done = now;
    last = `${done}/${total}${note === '' ? '' : ` ${note}`}`;
    if (performance.now() - shownAt < lineEveryMs) return;
    shownAt = performance.now();
    show();
  };
  return {
    update,
    advance: (by) => {
      update(done + by);
    },
    finish: show,
  };
}
