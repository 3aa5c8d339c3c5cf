export { crashPointNames, type CrashPointName } from './names.ts';
