import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { BenchStack } from '../stack/bench-stack.ts';

/** What a bare program reaches that does only what no worker can do without. */
export interface Ceiling {
  readonly records: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** CPU of the bare program for each record. */
  readonly micros: number;
}

const measured = z.object({ records: z.number(), seconds: z.number(), cpuSeconds: z.number() });

const program = fileURLToPath(new URL('../../dist/ceilings/main.js', import.meta.url));
const withinMs = 300_000;
/** More records than these change no figure. */
const recordsMax = 500_000;

/** Reads `transactions` with kafkajs, and does nothing with it. */
export const bareConsume = (stack: BenchStack): Promise<Ceiling> => ceiling(stack, 'consume');

/** The same, and one record of the same bytes for each, produced as kafkajs does it as it comes. */
export const bareConsumeAndProduce = (stack: BenchStack): Promise<Ceiling> =>
  ceiling(stack, 'consume-and-produce');

async function ceiling(stack: BenchStack, name: string): Promise<Ceiling> {
  stack.say(`ceiling: ${name}`);
  const { stdout } = await promisify(execFile)(process.execPath, [program, name], {
    env: { ...process.env, ...stack.urls, RECORDS_MAX: String(recordsMax) },
    timeout: withinMs,
  });
  const { records, seconds, cpuSeconds } = measured.parse(JSON.parse(stdout));
  return {
    records,
    seconds: Math.round(seconds * 1_000) / 1_000,
    perSecond: Math.round(records / seconds),
    micros: Math.round((cpuSeconds / records) * 100_000_000) / 100,
  };
}
