import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Mall } from './mall/mall.ts';

interface Common {
  readonly transactions: number;
  readonly members: number;
  readonly portBase: number;
  readonly output: 'table' | 'json';
}

export interface ReportsBench extends Common {
  readonly type: 'reports';
  /** Absent: a folder that is removed at the end. */
  readonly data?: string;
}

/** One whose worker is a process of its own. */
interface WorkerBench extends Common {
  readonly ceilings: 'measure' | 'skip';
  /** For the process that is measured. */
  readonly nodeOptions: readonly string[];
}

/** Of a worker, on a mall's month that lies in the log. */
export interface MonthBench extends WorkerBench {
  readonly type: 'accrual' | 'rewards' | 'projector' | 'recovery';
  readonly kind: Mall['kind'];
}

/** What is posted. */
interface PostingBench extends WorkerBench {
  readonly connections: number;
  /** Transactions in a request; with more than one it is NDJSON. */
  readonly lines: number;
}

export interface GatewayBench extends PostingBench {
  readonly type: 'gateway';
}

export interface PipelineBench extends PostingBench {
  readonly type: 'pipeline';
  /** How long transactions are posted one by one at a steady rate. */
  readonly steadySeconds: number;
}

export type BenchCommand =
  | ReportsBench
  | MonthBench
  | GatewayBench
  | PipelineBench
  | { readonly type: 'help' }
  | { readonly type: 'wrong_use'; readonly problem: string };

type BenchName = Exclude<BenchCommand['type'], 'help' | 'wrong_use'>;

const portBaseDefault = '25900';
/** How the benches that post do it. */
const posting = {
  gateway: { connections: 64, lines: 1 },
  pipeline: { connections: 8, lines: 1_000 },
} as const;
const sizes: Readonly<Record<BenchName, { transactions: number; members: number }>> = {
  accrual: { transactions: 1_000_000, members: 100_000 },
  rewards: { transactions: 1_000_000, members: 20_000 },
  projector: { transactions: 1_000_000, members: 100_000 },
  gateway: { transactions: 200_000, members: 100_000 },
  pipeline: { transactions: 2_400_000, members: 100_000 },
  recovery: { transactions: 3_000_000, members: 1_000_000 },
  reports: { transactions: 20_000_000, members: 300_000 },
};

export const usage = `npm run bench -- NAME [OPTIONS]

  accrual          the worker on a month of sales in the log, with all servers beside it
  rewards          the worker on the tickets and gifts to which such a month gives a right
  projector        the worker on that month, its members and all that was derived from them
  gateway          transactions posted one a request, or many as NDJSON
  pipeline         NDJSON until its reports are right; then 2,000 transactions a second, one a request
  recovery         accrual makes all members' states again when Redis has lost them
  reports          a report database filled with a year: every report, for all periods and for today
                   alone, and each answer compared with one that looks at every sale

  Everything is made from a seed and checked to be exact; each bench has servers of its own.

  --transactions N how many (default: ${defaultsOf(sizes, 'transactions')})
  --members N      of whom (default: ${defaultsOf(sizes, 'members')})
  --mixed          accrual, rewards, projector, recovery: with 3 % refunds and 3 % late sales
  --connections N  gateway, pipeline: which post at once (default: ${defaultsOf(posting, 'connections')})
  --lines N        gateway, pipeline: transactions in a request; above 1 it is NDJSON
                   (default: ${defaultsOf(posting, 'lines')})
  --steady N       pipeline: seconds of single requests at a steady rate (default: 30)
  --no-ceilings    without the bare programs that a figure is compared with
  --profile DIR    write the worker's CPU profile into this folder
  --data DIR       reports: keep the database there; what is in it already is thrown away
  --port-base N    the first port of the servers and services (default: ${portBaseDefault})
  --json           one line of JSON instead of a table
  --help           this text

Exit code: 0 done, 1 failed or a result is wrong, 2 wrong use.
`;

function defaultsOf<Name extends string>(
  benches: Readonly<Record<string, Readonly<Record<Name, number>>>>,
  what: Name,
): string {
  return Object.entries(benches)
    .map(([name, defaults]) => `${name} ${defaults[what]}`)
    .join(', ');
}

const options = {
  transactions: { type: 'string' },
  members: { type: 'string' },
  mixed: { type: 'boolean', default: false },
  connections: { type: 'string' },
  lines: { type: 'string' },
  steady: { type: 'string', default: '30' },
  ceilings: { type: 'boolean', default: true },
  profile: { type: 'string' },
  data: { type: 'string' },
  'port-base': { type: 'string', default: portBaseDefault },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Reads the arguments after `bench --`; folders are relative to `workingDir`. */
export function parseArguments(args: readonly string[], workingDir: string): BenchCommand {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
      allowNegative: true,
    });
    if (values.help) return { type: 'help' };
    const [name = ''] = positionals;
    if (positionals.length !== 1 || !isBenchName(name))
      throw new Error(`What is to be measured: ${Object.keys(sizes).join(', ')}?`);
    const common = {
      transactions: whole('--transactions', values.transactions ?? sizes[name].transactions),
      members: whole('--members', values.members ?? sizes[name].members),
      portBase: whole('--port-base', values['port-base']),
      output: values.json ? 'json' : 'table',
    } as const;
    const folder = (path: string) => resolve(workingDir, path);
    const { profile, data } = values;
    const postingOf = (bench: keyof typeof posting) => ({
      connections: whole('--connections', values.connections ?? posting[bench].connections),
      lines: whole('--lines', values.lines ?? posting[bench].lines),
    });
    const worker = {
      ...common,
      ceilings: values.ceilings ? 'measure' : 'skip',
      nodeOptions: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder(profile)}`],
    } as const;
    switch (name) {
      case 'reports':
        return { type: name, ...common, ...(data === undefined ? {} : { data: folder(data) }) };
      case 'accrual':
      case 'rewards':
      case 'projector':
      case 'recovery':
        return { type: name, ...worker, kind: values.mixed ? 'mixed' : 'ordered' };
      case 'gateway':
        return { type: name, ...worker, ...postingOf(name) };
      case 'pipeline': {
        const steadySeconds = whole('--steady', values.steady);
        return { type: name, ...worker, ...postingOf(name), steadySeconds };
      }
    }
  } catch (error) {
    return { type: 'wrong_use', problem: error instanceof Error ? error.message : String(error) };
  }
}

const isBenchName = (name: string): name is BenchName => Object.hasOwn(sizes, name);

function whole(option: string, text: string | number): number {
  const number = Number(text);
  if (/^\d+$/.test(String(text)) && number >= 1 && number <= 1_000_000_000) return number;
  throw new Error(`${option} is a whole number from 1 to 1000000000, not "${text}".`);
}
