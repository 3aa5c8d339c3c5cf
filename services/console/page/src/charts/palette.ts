import { useSyncExternalStore } from 'react';

/** The page's colours as the style sheet sets them for the scheme in use. */
export interface Palette {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly accent: string;
  readonly accentMid: string;
  readonly accentSoft: string;
  readonly quiet: string;
  readonly faint: string;
  readonly font: string;
  /** On a phone, where labels get less room. */
  readonly isNarrow: boolean;
  /** 0 where people asked for less motion, milliseconds else. */
  readonly motionMs: number;
}

const dark = window.matchMedia('(prefers-color-scheme: dark)');
const still = window.matchMedia('(prefers-reduced-motion: reduce)');
const narrow = window.matchMedia('(width <= 640px)');
const followed = [dark, still, narrow];
const motionMs = 350;
let read: Palette | undefined;

function subscribe(listener: () => void): () => void {
  const changed = (): void => {
    read = undefined;
    listener();
  };
  for (const query of followed) query.addEventListener('change', changed);
  return () => {
    for (const query of followed) query.removeEventListener('change', changed);
  };
}

function current(): Palette {
  if (read !== undefined) return read;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  read = {
    ink: colour('ink'),
    muted: colour('muted'),
    line: colour('line'),
    surface: colour('surface'),
    accent: colour('accent'),
    accentMid: colour('accent-mid'),
    accentSoft: colour('accent-soft'),
    quiet: colour('quiet'),
    faint: colour('faint'),
    font: style.fontFamily,
    isNarrow: narrow.matches,
    motionMs: still.matches ? 0 : motionMs,
  };
  return read;
}

/** Follows the system's light or dark, and the width of the window. */
export const usePalette = (): Palette => useSyncExternalStore(subscribe, current);
