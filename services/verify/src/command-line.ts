import { serversOption, serversOptions, type ServersOption } from '@semarak/infra/server-location';
import { parseArgs } from 'node:util';

export interface VerifyCommand {
  readonly type: 'verify';
  readonly servers: ServersOption;
  /** Differences that are printed word for word; the others are counted. */
  readonly differencesMax: number;
  /** How long the services may take to come to where the log ends now. */
  readonly waitSeconds: number;
  /** How often what records came for meanwhile is compared again. */
  readonly roundsMax: number;
}

export type Command =
  | VerifyCommand
  | { readonly type: 'help' }
  | { readonly type: 'wrong_use'; readonly problem: string };

export const usage = `npm run verify -- [OPTIONS]

Recounts everything from the log alone and compares it with the topics as their consumers see them, with
Redis and with every relation of ClickHouse. The system may go on meanwhile.

  --data DIR            the system that was started with this folder
  --port-base N         the system that was started with this base, with the keys of .semarak
                        (default: KAFKA_BROKERS, SCHEMA_REGISTRY_URL, REDIS_URL and CLICKHOUSE_URL of the
                        environment, and what is not set as "npm start" has it)
  --differences-max N   differences to print, the others are counted (100)
  --wait-seconds N      how long the services may take to come to where the log ends now (60)
  --rounds-max N        how often what changes meanwhile is compared again (5)
  --help                this text

Exit code: 0 all is equal, 1 something differs (each is named), 2 it could not be told (or wrong use).
`;

const options = {
  ...serversOptions,
  'differences-max': { type: 'string' },
  'wait-seconds': { type: 'string' },
  'rounds-max': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const bounds = {
  'differences-max': { min: 0, max: 1_000_000 },
  'wait-seconds': { min: 0, max: 86_400 },
  'rounds-max': { min: 1, max: 1_000 },
} as const;

/** Reads the arguments after `verify --`. */
export function parseCommand(args: readonly string[]): Command {
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.help === true) return { type: 'help' };
    const whole = (name: keyof typeof bounds) => wholeNumber(name, values[name]);
    return {
      type: 'verify',
      servers: serversOption(values),
      differencesMax: whole('differences-max') ?? 100,
      waitSeconds: whole('wait-seconds') ?? 60,
      roundsMax: whole('rounds-max') ?? 5,
    };
  } catch (error) {
    return { type: 'wrong_use', problem: error instanceof Error ? error.message : String(error) };
  }
}

function wholeNumber(name: keyof typeof bounds, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const { min, max } = bounds[name];
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new Error(`--${name} must be a whole number from ${min} to ${max}.`);
}
