export { compareUntilBelieved } from './comparing.ts';
export { clockConfiguration, TrustedClock } from './trusted-clock.ts';
