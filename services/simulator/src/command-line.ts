import { parseArgs } from 'node:util';
import { defaultOfflineDaysMax, defaultShares, type Shares } from './mall/options.ts';

export interface RunCommand {
  readonly type: 'run';
  readonly name: 'demo' | 'load';
  /** Undefined: as the environment says. */
  readonly sales: number | undefined;
  readonly seed: number | undefined;
  readonly days: number;
  readonly shares: Shares;
  readonly offlineDaysMax: number;
  /** People who may come; undefined: as many as fit the sales of a day. */
  readonly members: number | undefined;
  /** Decides another order of sending; undefined: in the order of receivedAt. */
  readonly shuffleSeed: number | undefined;
  /** Where to keep the simulation's own records as NDJSON. */
  readonly recordsFile: string | undefined;
}

export type Command =
  RunCommand | { readonly type: 'help' } | { readonly type: 'wrong'; readonly problem: string };

export const help = `Usage: main.js demo|load [options]

demo   simulates the opening day at Pacific Place, sends it to the gateway, waits until ClickHouse
       shows it, prints what it earned with the SQL that says so, and compares with a recount
load   sends many transactions as fast as they are taken, and compares in the same way

  --transactions N   sales in all; refunds, voids and repeats come on top (demo 20000, load 100000)
  --seed S           decides everything, the members' and tills' ids included (demo 2014, load 1)
  --days D           business days to spread them over (1)
  --share NAME=S     how often something happens, 0 to 1; may be given several times; NAME is one of
                     ${Object.keys(defaultShares)
                       .join(', ')
                       .replace(/(.{1,70}), /, '$1,\n                     ')}
  --offline-days D   how long a terminal of the share longOfflineTerminals is offline at most (9)
  --members N        people who may come (a quarter of a day's sales)
  --shuffle S        send the same records in another order, decided by S; none is held back longer
                     than the programme's reorderDaysMax
  --records FILE     keep the simulation's own records as NDJSON
  --help             this text

Environment: GATEWAY_URL, CLICKHOUSE_URL, and KEYS_FILE or IMPORT_KEY and ANALYST_PASSWORD;
more in README.md. Exit code: 0 everything equal, 1 something differs or failed, 2 wrong usage.`;

const loadSales = 100_000;
const loadSeed = 1;
const bounds = {
  transactions: 2_000_000,
  seed: 99_999_999,
  days: 366,
  'offline-days': 44,
  members: 1_000_000,
  shuffle: 99_999_999,
};

/** What the arguments, without the program's name, ask for. */
export function parseCommand(args: readonly string[]): Command {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        transactions: { type: 'string' },
        seed: { type: 'string' },
        days: { type: 'string' },
        'offline-days': { type: 'string' },
        members: { type: 'string' },
        shuffle: { type: 'string' },
        records: { type: 'string' },
        share: { type: 'string', multiple: true },
        help: { type: 'boolean' },
      },
    });
    if (values.help === true) return { type: 'help' };
    const [name, ...rest] = positionals;
    if (rest.length > 0 || (name !== 'demo' && name !== 'load'))
      throw new Error(`expected demo or load, not ${positionals.join(' ') || 'nothing'}`);
    const whole = (option: keyof typeof bounds, min: number) =>
      wholeNumber({ option, text: values[option], min, max: bounds[option] });
    const shares = sharesOf(values.share ?? []);
    const shuffleSeed = whole('shuffle', 0);
    if (shuffleSeed !== undefined && shares.conflicts > 0)
      throw new Error('--shuffle and conflicts: which content comes first decides what stands');
    return {
      type: 'run',
      name,
      sales: whole('transactions', 1) ?? (name === 'load' ? loadSales : undefined),
      seed: whole('seed', 0) ?? (name === 'load' ? loadSeed : undefined),
      days: whole('days', 1) ?? 1,
      shares,
      offlineDaysMax: whole('offline-days', 1) ?? defaultOfflineDaysMax,
      members: whole('members', 1),
      shuffleSeed,
      recordsFile: values.records,
    };
  } catch (error) {
    return { type: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
}

function wholeNumber(given: {
  readonly option: string;
  readonly text: string | undefined;
  readonly min: number;
  readonly max: number;
}): number | undefined {
  if (given.text === undefined) return undefined;
  const value = /^\d{1,9}$/.test(given.text) ? Number(given.text) : Number.NaN;
  if (value >= given.min && value <= given.max) return value;
  throw new Error(`--${given.option} must be a whole number from ${given.min} to ${given.max}`);
}

function sharesOf(given: readonly string[]): Shares {
  const names = Object.keys(defaultShares);
  const shares: Record<string, number> = {};
  for (const text of given) {
    const [, name = '', share = ''] = /^(\w+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
    if (!names.includes(name) || Number(share) > 1)
      throw new Error(`--share must be NAME=SHARE, 0 to 1, with a NAME of ${names.join(', ')}`);
    shares[name] = Number(share);
  }
  return { ...defaultShares, ...shares };
}
