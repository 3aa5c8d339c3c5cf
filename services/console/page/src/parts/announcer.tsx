import { useEffect, useState } from 'react';
import { useLanguage } from '../i18n/language.tsx';

/** A screen reader hears of new figures at most this often. */
const announceEveryMs = 15_000;
const asked = 'semarak:figures';

/** Says, gently and not too often, that figures on the page have changed. */
export function announceUpdate(): void {
  window.dispatchEvent(new Event(asked));
}

export function Announcer() {
  const { m } = useLanguage();
  const [times, setTimes] = useState(0);
  useEffect(() => {
    let last = Number.NEGATIVE_INFINITY;
    const listener = (): void => {
      const now = performance.now();
      if (now - last < announceEveryMs) return;
      last = now;
      setTimes((before) => before + 1);
    };
    window.addEventListener(asked, listener);
    return () => window.removeEventListener(asked, listener);
  }, []);
  return (
    <p className="only-heard" role="status">
      {times > 0 && <span key={times}>{m.figuresUpdated}</span>}
    </p>
  );
}
