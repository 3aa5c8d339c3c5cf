/** Below this Kafka 4 does not start. */
export const javaMajorMin: number;
/** The root of the checkout. */
export const checkoutRoot: string;
/** Where the servers' files and the archives of their classes are, present or not. */
export const serverLocations: {
  readonly kafkaLib: string;
  readonly kafkaClasses: string;
  readonly registryDir: string;
  readonly registryJar: string;
  readonly registryClasses: string;
};
/** A failure whose message is a sentence for the person at the terminal. */
export class InstallError extends Error {}
/** The path of a Java of at least version 17, or undefined. */
export function findJava(): string | undefined;
/** The path of redis-server, or undefined. */
export function findRedis(): string | undefined;
/** The full path of a command on PATH, or undefined. */
export function onPath(command: string): string | undefined;
/** True when both servers' files are in the cache. */
export function serversPresent(): boolean;
/** Downloads what is missing, once for all processes of the checkout; throws InstallError. */
export function ensureServers(options?: { progress?: (line: string) => void }): Promise<void>;
