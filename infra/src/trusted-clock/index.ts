export { compareUntilBelieved } from './comparing.ts';
export { clockProblem } from './once.ts';
export { clockConfiguration, TrustedClock, type ClockConfiguration } from './trusted-clock.ts';
