import { parseArgs } from 'node:util';
import { serversOption, serversOptions, type ServersOption } from '../server-location/index.ts';

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
  ...serversOptions,
  help: { type: 'boolean', short: 'h' },
} as const;

const operands = { check: 1, publish: 1, list: 0, diff: 2 } as const;

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
  let servers;
  try {
    servers = serversOption(values);
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
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
