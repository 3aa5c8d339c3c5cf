import { parseArgs } from 'node:util';
import { serversOption, serversOptions, type ServersOption } from '../server-location/index.ts';

const parts = ['redis', 'clickhouse', 'all'] as const;

export type Part = (typeof parts)[number];

export type RebuildCommand =
  | {
      readonly type: 'rebuild';
      readonly part: Part;
      /** Whether entitlements may be corrected; `all` alone. */
      readonly correct: boolean;
      readonly servers: ServersOption;
    }
  | { readonly type: 'help' }
  | { readonly type: 'wrong_use'; readonly problem: string };

export const usage = `npm run rebuild -- redis|clickhouse|all [OPTIONS]

  redis            the states of accrual and rewards, from the log
  clickhouse       every row of the report database, from the log
  all              loyalty-events, reward-events, all states and every row, from transactions,
                   entitlements and members: after the log has lost records

redis and clickhouse are made beside what is there, while the system goes on, and take its place when
they have come as far. For all of it accrual, rewards and the projector must not run: start the servers
alone, with "npm start -- --servers". Each can be stopped and run again at any time.

  --correct        with all: entitlements that no longer agree with transactions are corrected. A draw
                   number that is taken back never comes again. Without it they are named, and nothing
                   is changed

  --data DIR       the system that was started with this folder
  --port-base N    the system that was started with this base
                   (default: the servers' URLs of the environment, and what is not set as "npm start"
                   has it)
  --help           this text

Exit code: 0 done, 1 failed (the reason is told, what was there stays), 2 wrong use.
`;

const options = {
  ...serversOptions,
  correct: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Reads the arguments after `rebuild --`. */
export function parseArguments(args: readonly string[]): RebuildCommand {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
    });
    if (values.help === true) return { type: 'help' };
    const [part, ...more] = positionals;
    if (part === undefined || !isPart(part) || more.length > 0)
      throw new Error(`What is to be made anew: ${parts.join(', ')}?`);
    const correct = values.correct === true;
    if (correct && part !== 'all') throw new Error('--correct is for all.');
    return { type: 'rebuild', part, correct, servers: serversOption(values) };
  } catch (error) {
    return { type: 'wrong_use', problem: error instanceof Error ? error.message : String(error) };
  }
}

const isPart = (text: string): text is Part => (parts as readonly string[]).includes(text);
