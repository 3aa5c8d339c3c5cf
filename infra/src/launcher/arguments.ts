import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Extent } from './launch-plan.ts';
import type { EphemeralPorts } from './ports.ts';

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
  readonly extent: Extent;
  /** `stay`: until a signal; `exit`: as soon as the demonstration is over. */
  readonly afterwards: 'stay' | 'exit';
  /** How long each program may take until it is ready; undefined: as the environment says. */
  readonly startSeconds: number | undefined;
}

/** The largest offset from the base is that of the last service's metrics. */
const portSpan = 32;
const portBaseMin = 1_024;
const portBaseMax = 65_535 - portSpan;
const startSecondsMax = 86_400;

export const usage = `npm start [-- OPTIONS]

Starts Kafka, the schema registry, Redis, ClickHouse and every service, runs the demonstration (a
simulated opening day at Pacific Place), shows live figures, stays until Ctrl-C and then stops all.

  --once           end after the demonstration's summary, exit code 0
  --no-demo        no demonstration
  --servers        Kafka, the schema registry, Redis and ClickHouse alone: no service, no demonstration,
                   and no topic, schema or table is made
  --data DIR       all state is kept in DIR (default .semarak)
  --port-base N    gateway N, console N+1, Kafka N+2, registry N+3, Redis N+4, ClickHouse N+5,
                   reports N+6, metrics from N+10 (default: 8080, but ClickHouse 8123)
  --start-seconds N
                   how long each program may take until it is ready (default 600; START_MS_MAX)
  --help           this text
`;

/**
 * Reads the arguments. A folder that is named is relative to `workingDir`; the ports have to lie below those
 * that the system gives to outgoing connections, if they are known.
 */
export function parseArguments(
  args: readonly string[],
  machine: {
    workingDir: string;
    checkoutRoot: string;
    ephemeralPorts: EphemeralPorts | undefined;
  },
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
  if (values.once === true && values.servers === true) {
    const problem = '--once runs the demonstration and --servers starts the servers alone.';
    return { type: 'refused', problem };
  }
  const portBase = values['port-base'] === undefined ? undefined : Number(values['port-base']);
  if (portBase !== undefined && !isPortBase(portBase)) {
    const problem = `--port-base must be a whole number from ${portBaseMin} to ${portBaseMax}.`;
    return { type: 'refused', problem };
  }
  const taken = portBase === undefined ? undefined : ephemeral(portBase, machine.ephemeralPorts);
  if (taken !== undefined) return { type: 'refused', problem: taken };
  const given = values['start-seconds'];
  const startSeconds = given === undefined ? undefined : Number(given);
  if (startSeconds !== undefined && !isStartSeconds(startSeconds)) {
    const problem = `--start-seconds must be a whole number from 1 to ${startSecondsMax}.`;
    return { type: 'refused', problem };
  }
  if (values.data === '') return { type: 'refused', problem: '--data must name a folder.' };
  return {
    type: 'run',
    options: {
      dataDir:
        values.data === undefined
          ? resolve(machine.checkoutRoot, '.semarak')
          : resolve(machine.workingDir, values.data),
      portBase,
      extent: extentOf(values),
      afterwards: values.once === true ? 'exit' : 'stay',
      startSeconds,
    },
  };
}

/** `--no-demo` beside `--servers` says nothing new. */
function extentOf(values: { servers?: boolean; 'no-demo'?: boolean }): Extent {
  if (values.servers === true) return 'servers';
  return values['no-demo'] === true ? 'services' : 'demonstration';
}

/** A sentence when the ports from the base on reach those that the system gives to connections. */
function ephemeral(portBase: number, range: EphemeralPorts | undefined): string | undefined {
  if (range === undefined || portBase + portSpan < range.first) return undefined;
  return (
    `--port-base must not be above ${range.first - portSpan - 1}: from ${range.first} on (to ${range.last}) the system ` +
    'gives ports to outgoing connections of any program, and one that a server has left for a moment may be gone ' +
    '(/proc/sys/net/ipv4/ip_local_port_range).'
  );
}

const options = {
  once: { type: 'boolean' },
  'no-demo': { type: 'boolean' },
  servers: { type: 'boolean' },
  data: { type: 'string' },
  'port-base': { type: 'string' },
  'start-seconds': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function isPortBase(value: number): boolean {
  return Number.isInteger(value) && value >= portBaseMin && value <= portBaseMax;
}

const isStartSeconds = (value: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= startSecondsMax;
