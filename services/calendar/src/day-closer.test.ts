import { epochDayOf, type ProgrammeDocument, type PublishedProgrammes } from '@semarak/schemas';
import { expect, it } from 'vitest';
import type { Closing } from './business-days.ts';
import { DayCloser } from './day-closer.ts';

const document = {
  programme: 'mall',
  version: 1,
  effectiveFrom: '2014-12-01T00:00',
  timeZone: 'Asia/Jakarta',
} as ProgrammeDocument;
const noon = (date: string): number => Date.parse(`${date}T12:00:00+07:00`);
const day = (text: string): number => epochDayOf(text) ?? NaN;

/** A log of two partitions; accrual reads it only when told to. */
function world() {
  const states: PublishedProgrammes[] = [{ documents: [document] }, { documents: [document] }];
  const log: { partition: number; businessDay: number }[] = [];
  const compared: (number | undefined)[] = [];
  let failures = 0;
  let problem: string | undefined;
  const closer = () =>
    new DayCloser({
      graceMinutes: 60,
      clock: { compareWithLog: (newest) => compared.push(newest), problem: () => problem },
      ports: {
        knowledge: () => Promise.resolve([...states]),
        write(closing: Closing) {
          if (failures > 0) {
            failures -= 1;
            return Promise.reject(new Error('Kafka is away'));
          }
          for (const partition of closing.partitions)
            log.push({ partition, businessDay: closing.businessDay });
          return Promise.resolve();
        },
      },
    });
  return {
    log,
    closer,
    compared,
    doubt: (sentence: string | undefined) => (problem = sentence),
    failNext: (times: number) => (failures = times),
    read: () => {
      for (const { partition, businessDay } of log)
        states[partition] = { documents: [document], closedDays: { mall: businessDay } };
    },
  };
}

it('writes a day once to every partition, though accrual has not read it', async () => {
  const { closer, log } = world();
  const one = closer();
  expect(await one.look(noon('2014-12-05'))).toHaveLength(1);
  expect(await one.look(noon('2014-12-05'))).toEqual([]);
  expect(log).toEqual([
    { partition: 0, businessDay: day('2014-12-03') },
    { partition: 1, businessDay: day('2014-12-03') },
  ]);
});

it('closes the next day, and after a pause only the newest', async () => {
  const { closer, log } = world();
  const one = closer();
  for (const date of ['2014-12-05', '2014-12-06', '2014-12-20']) await one.look(noon(date));
  expect(log.filter(({ partition }) => partition === 0).map((entry) => entry.businessDay)).toEqual(
    ['2014-12-03', '2014-12-04', '2014-12-18'].map(day),
  );
});

it('learns after a restart what is closed', async () => {
  const { closer, log, read } = world();
  await closer().look(noon('2014-12-05'));
  read();
  expect(await closer().look(noon('2014-12-05'))).toEqual([]);
  expect(log).toHaveLength(2);
});

it('writes again what was not acknowledged', async () => {
  const { closer, log, failNext } = world();
  const one = closer();
  failNext(1);
  await expect(one.look(noon('2014-12-05'))).rejects.toThrow('Kafka is away');
  await one.look(noon('2014-12-05'));
  expect(log).toHaveLength(2);
});

it('closes nothing while the clock is not believed, and goes on once it is', async () => {
  const { closer, log, doubt, compared, read } = world();
  const one = closer();
  await one.look(noon('2014-12-05'));
  read();
  const before = [...log];
  doubt('The clock was set ahead by 90.0 days.');
  expect(await one.look(noon('2015-03-05'))).toEqual([]);
  expect(log).toEqual(before);
  doubt(undefined);
  await one.look(noon('2014-12-06'));
  expect(log.map(({ businessDay }) => businessDay)).toEqual(
    ['2014-12-03', '2014-12-03', '2014-12-04', '2014-12-04'].map(day),
  );
  expect(compared).toEqual([undefined, day('2014-12-03'), day('2014-12-03')]);
});
