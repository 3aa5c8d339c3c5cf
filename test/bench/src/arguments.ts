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
  readonly type: 'accrual' | 'projector';
  readonly kind: Mall['kind'];
}

export interface GatewayBench extends WorkerBench {
  readonly type: 'gateway';
  readonly connections: number;
  /** Transactions in a request; with more than one it is NDJSON. */
  readonly lines: number;
}

export type BenchCommand =
  | ReportsBench
  | MonthBench
  | GatewayBench
  | { readonly type: 'help' }
  | { readonly type: 'wrong_use'; readonly problem: string };

type BenchName = Exclude<BenchCommand['type'], 'help' | 'wrong_use'>;

const portBaseDefault = '25900';
const sizes: Readonly<Record<BenchName, { transactions: number; members: number }>> = {
  accrual: { transactions: 1_000_000, members: 100_000 },
  projector: { transactions: 1_000_000, members: 100_000 },
  gateway: { transactions: 100_000, members: 100_000 },
  reports: { transactions: 20_000_000, members: 300_000 },
};

export const usage = `npm run bench -- NAME [OPTIONS]

  accrual          the worker on a month of sales in the log, with all servers beside it
  projector        the worker on that month, its members and all that was derived from them
  gateway          transactions posted one a request, or many as NDJSON
  reports          a report database filled with a year: every report, for all periods and for today
                   alone, and each answer compared with one that looks at every sale

  Everything is made from a seed and checked to be exact; each bench has servers of its own.

  --transactions N how many (default: ${defaultsOf('transactions')})
  --members N      of whom (default: ${defaultsOf('members')})
  --mixed          accrual, projector: with 3 % refunds and 3 % late sales
  --connections N  gateway: which post at once (default: 64)
  --lines N        gateway: transactions in a request; above 1 it is NDJSON (default: 1)
  --no-ceilings    without the bare programs that a figure is compared with
  --profile DIR    write the worker's CPU profile into this folder
  --data DIR       reports: keep the database there; what is in it already is thrown away
  --port-base N    the first port of the servers and services (default: ${portBaseDefault})
  --json           one line of JSON instead of a table
  --help           this text

Exit code: 0 done, 1 failed or a result is wrong, 2 wrong use.
`;

function defaultsOf(what: 'transactions' | 'members'): string {
  return Object.entries(sizes)
    .map(([name, size]) => `${name} ${size[what]}`)
    .join(', ');
}

const options = {
  transactions: { type: 'string' },
  members: { type: 'string' },
  mixed: { type: 'boolean', default: false },
  connections: { type: 'string', default: '64' },
  lines: { type: 'string', default: '1' },
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
    const worker = {
      ...common,
      ceilings: values.ceilings ? 'measure' : 'skip',
      nodeOptions: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder(profile)}`],
    } as const;
    switch (name) {
      case 'reports':
        return { type: name, ...common, ...(data === undefined ? {} : { data: folder(data) }) };
      case 'accrual':
      case 'projector':
        return { type: name, ...worker, kind: values.mixed ? 'mixed' : 'ordered' };
      case 'gateway': {
        const connections = whole('--connections', values.connections);
        return { type: name, ...worker, connections, lines: whole('--lines', values.lines) };
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
