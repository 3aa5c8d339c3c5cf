import { Presets, SingleBar } from 'cli-progress';

/** One piece of work that takes its time. */
export interface Progress {
  advance(by: number): void;
  finish(): void;
}

const lineEveryMs = 2_000;

/** A bar on a terminal; elsewhere a plain line every two seconds. */
export function startProgress(work: {
  readonly title: string;
  readonly total: number;
  readonly stream: NodeJS.WriteStream;
}): Progress {
  const { title, total, stream } = work;
  if (!stream.isTTY) return lines({ title, total, write: (line) => void stream.write(line) });
  // cli-progress would swallow the first Ctrl-C in order to restore a cursor that is not hidden here.
  const bar = new SingleBar(
    { format: `${title} {bar} {value}/{total}`, stream, barsize: 30, gracefulExit: false },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return { advance: (by) => bar.increment(by), finish: () => bar.stop() };
}

function lines(work: { title: string; total: number; write: (line: string) => void }): Progress {
  let done = 0;
  let shownAt = performance.now();
  return {
    advance(by) {
      done += by;
      if (performance.now() - shownAt < lineEveryMs) return;
      shownAt = performance.now();
      work.write(`${work.title} ${done}/${work.total}\n`);
    },
    finish: () => undefined,
  };
}
