/**
 * Redis layout. All keys of a source partition share the hash tag `{worker:partition}`, so that one
 * script reaches them in a cluster. States lie in hashes of a few dozen fields, which Redis keeps in
 * a compact list: 57 bytes a member measured, against 870 once a hash leaves that form.
 */
export const bucketsPerPartition = 4096;

/** Key of the hash with `position`, `token` and `filter`. */
export const partitionKey = (at: { worker: string; partition: number }): string =>
  `{${at.worker}:${String(at.partition)}}`;

/** The bucket of a state by its name: FNV-1a over UTF-16 code units, 32 bits. */
export function bucketOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++)
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % bucketsPerPartition;
}
