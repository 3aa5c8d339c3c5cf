import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { SimulatedDay } from './mall/records.ts';

/** Writes the days as NDJSON, `{"enrolment": …}` or `{"transaction": …}` a line, as they were sent. */
export async function writeRecords(path: string, days: readonly SimulatedDay[]): Promise<void> {
  const file = createWriteStream(path);
  const done = finished(file);
  const write = async (line: object): Promise<void> => {
    if (!file.write(`${JSON.stringify(line)}\n`)) await Promise.race([once(file, 'drain'), done]);
  };
  for (const { enrolments, transactions } of days) {
    for (const enrolment of enrolments) await write({ enrolment });
    for (const transaction of transactions) await write({ transaction });
  }
  file.end();
  await done;
}
