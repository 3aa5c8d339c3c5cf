import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

/** What the person asked for on the command line. */
export type LauncherCommand =
  | { readonly type: 'run'; readonly options: LaunchOptions }
  | { readonly type: 'help' }
  | { readonly type: 'refused'; readonly problem: string };

export interface LaunchOptions {
  /** Absolute. */
  readonly dataDir: string;
  /** The first of the stack's ports; undefined: the contract's own ports. */
  readonly portBase: number | undefined;
  readonly demonstration: 'run' | 'skip';
  /** `stay`: until a signal; `exit`: as soon as the demonstration is over. */
  readonly afterwards: 'stay' | 'exit';
}

/** The largest offset from the base is that of the last service's metrics. */
const portSpan = 32;
const portBaseMin = 1_024;
const portBaseMax = 65_535 - portSpan;

export const usage = `npm start [-- OPTIONS]

Starts Kafka, the schema registry, Redis, ClickHouse and every service, runs the demonstration (a
simulated opening day at Pacific Place), shows live figures, stays until Ctrl-C and then stops all.

  --once           end after the demonstration's summary, exit code 0
  --no-demo        no demonstration
  --data DIR       all state is kept in DIR (default .semarak)
  --port-base N    gateway N, console N+1, Kafka N+2, registry N+3, Redis N+4, ClickHouse N+5,
                   reports N+6, metrics from N+10 (default: 8080, but ClickHouse 8123)
  --help           this text
`;

/** Reads the arguments. A folder that is named is relative to `workingDir`. */
export function parseArguments(
  args: readonly string[],
  folders: { workingDir: string; checkoutRoot: string },
): LauncherCommand {
  let values;
  try {
    ({ values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false }));
  } catch (error) {
    return { type: 'refused', problem: error instanceof Error ? error.message : String(error) };
  }
  if (values.help === true) return { type: 'help' };
  if (values.once === true && values['no-demo'] === true) {
    return { type: 'refused', problem: '--once runs the demonstration and --no-demo skips it.' };
  }
  const portBase = values['port-base'] === undefined ? undefined : Number(values['port-base']);
  if (portBase !== undefined && !isPortBase(portBase)) {
    const problem = `--port-base must be a whole number from ${portBaseMin} to ${portBaseMax}.`;
    return { type: 'refused', problem };
  }
  if (values.data === '') return { type: 'refused', problem: '--data must name a folder.' };
  return {
    type: 'run',
    options: {
      dataDir:
        values.data === undefined
          ? resolve(folders.checkoutRoot, '.semarak')
          : resolve(folders.workingDir, values.data),
      portBase,
      demonstration: values['no-demo'] === true ? 'skip' : 'run',
      afterwards: values.once === true ? 'exit' : 'stay',
    },
  };
}

const options = {
  once: { type: 'boolean' },
  'no-demo': { type: 'boolean' },
  data: { type: 'string' },
  'port-base': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function isPortBase(value: number): boolean {
  return Number.isInteger(value) && value >= portBaseMin && value <= portBaseMax;
}
