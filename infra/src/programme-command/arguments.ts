import { parseArgs } from 'node:util';

/** What the person asked for on the command line. */
export type ProgrammeCommand =
  | { readonly type: 'check'; readonly file: string }
  | { readonly type: 'publish'; readonly file: string; readonly servers: ServersOption }
  | { readonly type: 'list'; readonly servers: ServersOption }
  | {
      readonly type: 'diff';
      readonly from: string;
      readonly to: string;
      readonly servers: ServersOption;
    }
  | { readonly type: 'help' }
  | { readonly type: 'wrong_use'; readonly problem: string };

/** Where the servers are. `environment`: its variables, and what is not set as `npm start` has it. */
export type ServersOption =
  | { readonly type: 'environment' }
  | { readonly type: 'data_folder'; readonly folder: string }
  | { readonly type: 'port_base'; readonly portBase: number };

export const usage = `npm run programme -- COMMAND [OPTIONS]

  check FILE       is FILE a programme document, and what does it grant?
  publish FILE     write the version to every partition of the log; again is harmless
  list             programmes, their versions, since when, and which partitions know them
  diff A B         what changes from A to B; each a file or PROGRAMME@VERSION

  --data DIR       the system that was started with this folder
  --port-base N    the system that was started with this base
                   (default: KAFKA_BROKERS, SCHEMA_REGISTRY_URL and REDIS_URL of the environment, and
                   what is not set as "npm start" has it)
  --help           this text

Exit code: 0 done, 1 refused or failed (the reasons are named), 2 wrong use.
`;

const options = {
  data: { type: 'string' },
  'port-base': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const operands = { check: 1, publish: 1, list: 0, diff: 2 } as const;
const portBaseMin = 1_024;
const portBaseMax = 65_503;

/** Reads the arguments after `programme --`. */
export function parseArguments(args: readonly string[]): ProgrammeCommand {
  let values, positionals;
  try {
    ({ values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true }));
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  if (values.help === true) return { type: 'help' };
  const [type, ...given] = positionals;
  if (type === undefined) return wrong('No command is given.');
  if (!isCommand(type)) return wrong(`"${type}" is none of check, publish, list and diff.`);
  if (given.length !== operands[type])
    return wrong(`${type} takes ${operands[type]} arguments, ${given.length} are given.`);
  const servers = serversOption(values.data, values['port-base']);
  if (typeof servers === 'string') return wrong(servers);
  const [first = '', second = ''] = given;
  switch (type) {
    case 'check':
      return { type, file: first };
    case 'publish':
      return { type, file: first, servers };
    case 'list':
      return { type, servers };
    case 'diff':
      return { type, from: first, to: second, servers };
  }
}

const wrong = (problem: string): ProgrammeCommand => ({ type: 'wrong_use', problem });

const isCommand = (text: string): text is keyof typeof operands => Object.hasOwn(operands, text);

/** The option, or a sentence on what is wrong with it. */
function serversOption(
  folder: string | undefined,
  base: string | undefined,
): ServersOption | string {
  if (folder !== undefined && base !== undefined)
    return '--data and --port-base both say where the servers are: give one of them.';
  if (folder === '') return '--data must name a folder.';
  if (folder !== undefined) return { type: 'data_folder', folder };
  if (base === undefined) return { type: 'environment' };
  const portBase = Number(base);
  return Number.isInteger(portBase) && portBase >= portBaseMin && portBase <= portBaseMax
    ? { type: 'port_base', portBase }
    : `--port-base must be a whole number from ${portBaseMin} to ${portBaseMax}.`;
}
