import { cp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const batchHeadBytes = 12;

/** A partition of a Kafka that does not run. */
interface StoppedPartition {
  readonly dataDir: string;
  readonly topic: string;
  readonly partition: number;
}

/** So many batches, or those from the one that has this offset on. */
export type CutOff = { readonly batches: number } | { readonly fromOffset: number };

/**
 * Cuts the last batches off a partition of a Kafka that does not run, as a power cut does that comes before the
 * page cache is written. The first offset that is lost. Throws when the last segment does not have them.
 */
export async function cutLog(of: StoppedPartition & { readonly off: CutOff }): Promise<number> {
  const { topic, partition, off } = of;
  const { logs, folder } = foldersOf(of);
  const segments = (await readdir(folder)).filter((name) => name.endsWith('.log')).sort();
  const segment = segments.at(-1);
  if (segment === undefined) throw new Error(`${folder} has no segment`);
  const file = await open(join(folder, segment), 'r+');
  try {
    const { size } = await file.stat();
    const starts: { at: number; offset: number }[] = [];
    const head = Buffer.alloc(batchHeadBytes);
    for (let at = 0; at + batchHeadBytes <= size;) {
      await file.read(head, 0, batchHeadBytes, at);
      const length = head.readInt32BE(8);
      if (length <= 0) break;
      starts.push({ at, offset: Number(head.readBigInt64BE(0)) });
      at += batchHeadBytes + length;
    }
    const first =
      'batches' in off
        ? starts.at(-off.batches)
        : starts.findLast(({ offset }) => offset <= off.fromOffset);
    if (first === undefined)
      throw new Error(
        `${topic}/${partition} has ${starts.length} batches, not ${JSON.stringify(off)}`,
      );
    await file.truncate(first.at);
    await looksKilled(logs, folder);
    return first.offset;
  } finally {
    await file.close();
  }
}

/** Copies a partition to a folder, as a backup does, in place of what was there. */
export async function copyLog(of: StoppedPartition, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  await cp(foldersOf(of).folder, to, { recursive: true });
}

/** Puts a copy of a partition in its place. */
export async function restoreLog(of: StoppedPartition, from: string): Promise<void> {
  const { logs, folder } = foldersOf(of);
  await rm(folder, { recursive: true });
  await cp(from, folder, { recursive: true });
  await looksKilled(logs, folder);
}

function foldersOf({ dataDir, topic, partition }: StoppedPartition) {
  const logs = join(dataDir, 'kafka', 'data');
  return { logs, folder: join(logs, `${topic}-${partition}`) };
}

/** Without its indexes, and without the word that it was stopped in order, Kafka looks at the log itself. */
async function looksKilled(logs: string, folder: string): Promise<void> {
  await rm(join(logs, '.kafka_cleanshutdown'), { force: true });
  for (const name of await readdir(folder))
    if (/\.(index|timeindex|snapshot)$/.test(name)) await rm(join(folder, name));
  // Written at intervals: with the power gone it is as old as the log.
  await writeFile(join(logs, 'recovery-point-offset-checkpoint'), '0\n0\n');
}
