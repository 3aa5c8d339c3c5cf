import { parseArgs } from 'node:util';

export interface ReportsBench {
  readonly type: 'reports';
  readonly transactions: number;
  readonly members: number;
  /** Absent: a folder that is removed at the end. */
  readonly data?: string;
  readonly portBase: number;
  readonly output: 'table' | 'json';
}

export type BenchCommand =
  | ReportsBench
  | { readonly type: 'help' }
  | { readonly type: 'wrong_use'; readonly problem: string };

const defaults = { transactions: '20000000', members: '300000', 'port-base': '25900' };

export const usage = `npm run bench -- reports [OPTIONS]

  Fills a report database of its own with a mall's year and times every report, for all periods and for
  today alone; then compares each answer with one that looks at every sale.

  --transactions N sales of the year (default: ${defaults.transactions})
  --members N      who make them (default: ${defaults.members})
  --data DIR       keep the database there; what is in it already is thrown away
  --port-base N    the server's port is N+5 (default: ${defaults['port-base']})
  --json           one line of JSON instead of a table
  --help           this text

Exit code: 0 done, 1 failed or an answer is wrong, 2 wrong use.
`;

const options = {
  transactions: { type: 'string', default: defaults.transactions },
  members: { type: 'string', default: defaults.members },
  data: { type: 'string' },
  'port-base': { type: 'string', default: defaults['port-base'] },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Reads the arguments after `bench --`. */
export function parseArguments(args: readonly string[]): BenchCommand {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help) return { type: 'help' };
    if (positionals.length !== 1 || positionals[0] !== 'reports')
      throw new Error('What is to be measured: reports?');
    return {
      type: 'reports',
      transactions: whole('--transactions', values.transactions),
      members: whole('--members', values.members),
      portBase: whole('--port-base', values['port-base']),
      output: values.json ? 'json' : 'table',
      ...(values.data === undefined ? {} : { data: values.data }),
    };
  } catch (error) {
    return { type: 'wrong_use', problem: error instanceof Error ? error.message : String(error) };
  }
}

function whole(option: string, text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= 1_000_000_000) return number;
  throw new Error(`${option} is a whole number from 1 to 1000000000, not "${text}".`);
}
