import type { CrashPointName } from './names.ts';

/** Does nothing and reads nothing: what runs unless Node is told `--conditions=crash-points`. */
export const crashPoint: (name: CrashPointName) => void = () => undefined;
