import { z } from 'zod';
import { epochDayOf } from '../time/days.ts';

/** Ids are ASCII without `/`, which separates the parts of transaction ids and of Kafka keys. */
export const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

export const id = z
  .string()
  .regex(idPattern, 'must be 1 to 32 of A-Z a-z 0-9 . _ -, and begin with a letter or digit');
export const name = z.string().min(1).max(120);
export const amount = z.int().positive().describe('minor units of the programme’s currency');
export const localDateTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d$/, {
    error: 'must be YYYY-MM-DDTHH:MM in the mall’s time zone',
    abort: true,
  })
  // 2015-02-29 is nowhere in time: who has taken such a version in can decide nothing more.
  .refine(
    (text) => (epochDayOf(text.slice(0, 10)) ?? -1) >= 0,
    'must be a date that there is, from 1970 on',
  );
export const localTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM, 00:00 to 23:59');
export const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'must be YYYY-MM');

/** Membership levels from lowest to highest; `none` until the membership is active. */
export const tierNames = ['none', 'temporary', 'blue', 'gold'] as const;
export const memberTier = z.enum(['temporary', 'blue', 'gold']);
