import { topicNames, type TopicName } from '@semarak/schemas';
import { parseArgs } from 'node:util';
import { serversOption, serversOptions, type ServersOption } from '../server-location/index.ts';
import { parsePlace, type Place } from './letter.ts';

/** What the person asked for on the command line. */
export type DeadLettersCommand =
  | {
      readonly type: 'list';
      readonly topic: TopicName | undefined;
      readonly newest: number;
      readonly format: 'text' | 'json';
      readonly servers: ServersOption;
    }
  | {
      readonly type: 'show';
      readonly place: Place;
      readonly personalData: 'hidden' | 'shown';
      readonly servers: ServersOption;
    }
  | { readonly type: 'retry'; readonly which: Selection; readonly servers: ServersOption }
  | { readonly type: 'help' }
  | { readonly type: 'wrong_use'; readonly problem: string };

/** The dead letters that are to be retried. */
export type Selection =
  | { readonly type: 'place'; readonly place: Place }
  | { readonly type: 'all'; readonly topic: TopicName | undefined };

const newestDefault = 100;
const newestMax = 100_000;

export const usage = `npm run dead-letters -- COMMAND [OPTIONS]

  list             what could not be read, the newest first: its place, when, why, its size, its key
    --topic T        of one source topic
    --newest N       at most so many (${newestDefault})
    --json           one JSON object a line
  show PLACE       one of them with its bytes; PLACE as in the list, for example transactions/3/120
    --personal-data  also what members sent of themselves: see below
  retry PLACE      write it to its topic again, if it can be read today
  retry --all      all of them
    --topic T        of one source topic

  --data DIR       the system that was started with this folder
  --port-base N    the system that was started with this base
                   (default: KAFKA_BROKERS, SCHEMA_REGISTRY_URL and for retry REDIS_URL of the
                   environment, and what is not set as "npm start" has it)
  --help           this text

A dead letter is a record that a service could not read. It stays in the topic dead-letters for ever, also
after a retry. One place is listed once, however often and by whomever it was put aside.

Retry writes the same bytes under the same key into the same partition of the source topic. Nothing counts
twice: the engine takes a second copy of a transaction or an enrolment for what it is, and what a service
has put aside at a place it does not take in there later. What stands in the topic once more already is not
written again. What still cannot be read is told with the reason and is not written; what can be read but
cannot be, such as a negative amount, is put aside again. A profile is not written when the topic has
a newer one of the member, which it would undo. Only transactions and members can be retried: the other
topics are derived, and their readers drop what is written again below what they have read. Rebuild what
was made of them instead. Nothing is written while this machine's clock is far from the newest business
day that is closed in the log.

Names and addresses stand in members alone. Of its dead letters, and of profiles that were sent to another
topic, list tells nothing but the place and the reason, and show hides the bytes without --personal-data.

Exit code: 0 done, 1 refused or failed (the reasons are named), 2 wrong use.
`;

const options = {
  ...serversOptions,
  topic: { type: 'string' },
  newest: { type: 'string' },
  json: { type: 'boolean' },
  all: { type: 'boolean' },
  'personal-data': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Values = ReturnType<typeof parsed>['values'];
const parsed = (args: readonly string[]) =>
  parseArgs({ args: [...args], options, allowPositionals: true });

/** Beside where the servers are. */
const optionsOf = {
  list: ['topic', 'newest', 'json'],
  show: ['personal-data'],
  retry: ['all', 'topic'],
} as const satisfies Record<string, readonly (keyof typeof options)[]>;
type Name = keyof typeof optionsOf;

/** Reads the arguments after `dead-letters --`. */
export function parseArguments(args: readonly string[]): DeadLettersCommand {
  try {
    const { values, positionals } = parsed(args);
    if (values.help === true) return { type: 'help' };
    const [name, ...given] = positionals;
    if (name === undefined) throw new Error('No command is given.');
    if (!isCommand(name)) throw new Error(`"${name}" is none of list, show and retry.`);
    refuseForeign(name, values);
    return { ...commandOf(name, values, given), servers: serversOption(values) };
  } catch (error) {
    return { type: 'wrong_use', problem: error instanceof Error ? error.message : String(error) };
  }
}

type WithoutServers<Command> = Command extends { servers: ServersOption }
  ? Omit<Command, 'servers'>
  : never;

function commandOf(
  name: Name,
  values: Values,
  given: readonly string[],
): WithoutServers<DeadLettersCommand> {
  const [first, ...more] = given;
  if (more.length > 0) throw new Error(`${name} takes one place, ${given.length} are given.`);
  switch (name) {
    case 'list':
      if (first !== undefined) throw new Error('list takes no place: see "show".');
      return {
        type: 'list',
        topic: topicOf(values.topic),
        newest: newestOf(values.newest),
        format: values.json === true ? 'json' : 'text',
      };
    case 'show':
      return {
        type: 'show',
        place: placeIn(first),
        personalData: values['personal-data'] === true ? 'shown' : 'hidden',
      };
    case 'retry':
      if (values.all !== true) {
        if (values.topic !== undefined) throw new Error('--topic belongs to --all.');
        return { type: 'retry', which: { type: 'place', place: placeIn(first) } };
      }
      if (first !== undefined) throw new Error('Give a place or --all, not both.');
      return { type: 'retry', which: { type: 'all', topic: topicOf(values.topic) } };
  }
}

const isCommand = (text: string): text is Name => Object.hasOwn(optionsOf, text);

function refuseForeign(name: Name, values: Values): void {
  const known: readonly string[] = [...optionsOf[name], ...Object.keys(serversOptions)];
  for (const option of Object.keys(values))
    if (!known.includes(option)) throw new Error(`${name} has no option --${option}.`);
}

function placeIn(text: string | undefined): Place {
  if (text === undefined) throw new Error('Which one? Give its place, as in the list.');
  const place = parsePlace(text);
  if (place === undefined)
    throw new Error(`"${text}" is no place: topic/partition/offset, as in the list.`);
  return place;
}

function topicOf(text: string | undefined): TopicName | undefined {
  if (text === undefined) return undefined;
  const topic = topicNames.find((name) => name === text);
  if (topic === undefined) throw new Error(`--topic must be one of ${topicNames.join(', ')}.`);
  return topic;
}

function newestOf(text: string | undefined): number {
  if (text === undefined) return newestDefault;
  const newest = Number(text);
  if (!Number.isInteger(newest) || newest < 1 || newest > newestMax)
    throw new Error(`--newest must be a whole number from 1 to ${newestMax}.`);
  return newest;
}
