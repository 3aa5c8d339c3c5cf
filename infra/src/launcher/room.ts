import { statfsSync } from 'node:fs';
import { InstallError } from '../local-stack/index.ts';

/** What a start with its demonstration writes, and Kafka and ClickHouse for an hour after it. */
const freeMiBMin = 500;

/** @throws InstallError when so little is free where the folder lies that the servers would soon stop. */
export function checkRoom(
  dataDir: string,
  statOf: (path: string) => { readonly bavail: number; readonly bsize: number } = statfsSync,
): void {
  const { bavail, bsize } = statOf(dataDir);
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  if (free < freeMiBMin)
    throw new InstallError(
      `Only ${free} MiB are free where the data folder ${dataDir} is: make room for ${freeMiBMin} MiB, ` +
        'or choose another with "npm start -- --data DIR".',
    );
}
