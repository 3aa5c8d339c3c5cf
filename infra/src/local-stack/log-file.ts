import { copyFile, open, rename, stat, truncate } from 'node:fs/promises';
import { localStackLimits } from './limits.ts';

/**
 * Keeps DIR/log/NAME.log bounded before its process starts: one larger than the limit becomes
 * NAME.log.1, which replaces an older one.
 */
export async function rotateBeforeStart(path: string): Promise<void> {
  if (await isTooLarge(path)) await rename(path, `${path}.1`);
}

/**
 * The same while the process holds the file open for appending: the content is copied and the file
 * cut to nothing, so that the process goes on writing to it. Lines written between the two are lost.
 */
export async function rotateWhileOpen(path: string): Promise<void> {
  if (!(await isTooLarge(path))) return;
  await copyFile(path, `${path}.1`);
  await truncate(path);
}

/** The last lines of a log, each cut to a readable length; empty when there is no log. */
export async function lastLines(path: string): Promise<string[]> {
  const { logLinesQuoted, logLineCharsQuoted } = localStackLimits;
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const length = Math.min(size, logLinesQuoted * logLineCharsQuoted * 2);
    const { buffer } = await file.read({ buffer: Buffer.alloc(length), position: size - length });
    const lines = buffer.toString('utf8').split('\n');
    return lines
      .filter((line) => line.trim() !== '')
      .slice(-logLinesQuoted)
      .map((line) => line.slice(0, logLineCharsQuoted));
  } finally {
    await file.close();
  }
}

async function isTooLarge(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.size > localStackLimits.logBytesMax;
}
