import { existsSync } from 'node:fs';

/** A JVM option by which classes come from an archive that it wrote. Another JVM passes over it, and reads the jars. */
export function classOptions(archive: string): string[] {
  return existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : [];
}
