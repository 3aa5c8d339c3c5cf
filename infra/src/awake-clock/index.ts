import { AwakeClock } from './awake-clock.ts';

const tickMs = 500;
/** More than an event loop is ever late by its own work. */
const gapMs = 5_000;

const clock = new AwakeClock({ clock: () => performance.now(), gapMs });
setInterval(() => clock.tick(), tickMs).unref();

/**
 * Milliseconds in which this process has been awake, for whoever gives up on others that stay silent:
 * on any other clock they seem to have been silent for as long as this process stood still itself.
 */
export const awakeMs = (): number => clock.now();
