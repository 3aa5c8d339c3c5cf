/** By the first word of Redis' answer: why it takes no writes, and what to do. */
const refusals: Readonly<Record<string, string>> = {
  OOM: 'its memory is used up (maxmemory). Raise maxmemory, or make room in it.',
  READONLY:
    'it is a replica. Let REDIS_URL name the primary, or make it one with REPLICAOF NO ONE.',
  MISCONF: 'it cannot write to its disk. Its log says why; make room on the disk.',
  NOREPLICAS:
    'too few replicas follow it (min-replicas-to-write). Start them, or lower that setting.',
  NOPERM: 'the user of REDIS_URL may not write. Allow it with ACL SETUSER.',
};

/**
 * A sentence when the error is Redis' answer to a write that it takes from nobody until a person, or
 * whoever runs it, has mended it; undefined for any other error.
 */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const reason = refusals[error.message.split(' ', 1)[0] ?? ''];
  return reason === undefined ? undefined : `Redis refuses to write: ${reason}`;
}
