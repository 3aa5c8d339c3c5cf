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

const programs = {
  /** Reads `transactions` with kafkajs, and does nothing with it. */
  consume: 'consume',
  /** The same, and one record of the same bytes for each, produced as kafkajs does it as it comes. */
  'consume and produce': 'consume-and-produce',
  /** Inserts rows that ClickHouse has already, as bytes that are ready, and reads no log. */
  insert: 'insert',
} as const;

type CeilingName = keyof typeof programs;

/** Runs bare programs one after the other, each a process of its own, on what lies in the servers. */
export async function ceilingsOf(
  stack: BenchStack,
  { ceilings }: { readonly ceilings: 'measure' | 'skip' },
  names: readonly CeilingName[],
): Promise<Readonly<Partial<Record<CeilingName, Ceiling>>>> {
  const found: Partial<Record<CeilingName, Ceiling>> = {};
  if (ceilings === 'measure') for (const name of names) found[name] = await ceiling(stack, name);
  return found;
}

async function ceiling(stack: BenchStack, name: CeilingName): Promise<Ceiling> {
  stack.say(`ceiling: bare ${name}`);
  const { stdout } = await promisify(execFile)(process.execPath, [program, programs[name]], {
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
