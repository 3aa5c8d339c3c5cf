import { parseArgs } from 'node:util';
import { serversOption, serversOptions, type ServersOption } from '../server-location/index.ts';

/** What can be made anew, and the services whose part it is, in order. */
const rebuilt = {
  redis: ['accrual', 'rewards'],
  clickhouse: ['projector'],
} as const;

export type RebuildCommand =
  | {
      readonly type: 'rebuild';
      readonly services: readonly string[];
      readonly servers: ServersOption;
    }
  | { readonly type: 'help' }
  | { readonly type: 'wrong_use'; readonly problem: string };

export const usage = `npm run rebuild -- redis|clickhouse [OPTIONS]

  redis            the states of accrual and rewards, from the log
  clickhouse       every row of the report database, from the log

It is made beside what is there, while the system goes on, and takes its place when it has come as far.
It can be stopped and run again at any time.

  --data DIR       the system that was started with this folder
  --port-base N    the system that was started with this base
                   (default: the servers' URLs of the environment, and what is not set as "npm start"
                   has it)
  --help           this text

Exit code: 0 done, 1 failed (the reason is told, what was there stays), 2 wrong use.
`;

const options = { ...serversOptions, help: { type: 'boolean', short: 'h' } } as const;

/** Reads the arguments after `rebuild --`. */
export function parseArguments(args: readonly string[]): RebuildCommand {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
    });
    if (values.help === true) return { type: 'help' };
    const [what, ...more] = positionals;
    if (what === undefined || !isRebuilt(what) || more.length > 0)
      throw new Error(`What is to be made anew: ${Object.keys(rebuilt).join(' or ')}?`);
    return { type: 'rebuild', services: rebuilt[what], servers: serversOption(values) };
  } catch (error) {
    return { type: 'wrong_use', problem: error instanceof Error ? error.message : String(error) };
  }
}

const isRebuilt = (text: string): text is keyof typeof rebuilt => Object.hasOwn(rebuilt, text);
