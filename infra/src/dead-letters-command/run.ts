import { done, refused, wrongUse, type Answer, type Surroundings } from '../command-line/index.ts';
import { createProducer } from '../kafka/index.ts';
import { createMetrics } from '../observability/index.ts';
import { newestClosedDay, readKnowledge } from '../published-programmes/index.ts';
import { createRedis } from '../state-store/index.ts';
import { placeOf } from '../stream-processor/index.ts';
import { clockProblem } from '../trusted-clock/index.ts';
import { parseArguments, usage, type DeadLettersCommand, type Selection } from './arguments.ts';
import { configurationOf, type Configuration } from './config.ts';
import { connect, type Connection } from './connection.ts';
import { bufferOf } from './letter.ts';
import { newestLetters } from './list.ts';
import { retry } from './retry.ts';
import { RetryReport } from './retry-report.ts';
import { copiesOf, shown } from './show.ts';
import { listLine } from './text.ts';
import { derivedSentence, isRetried } from './verdict.ts';

/** Runs one command. Throws with a sentence when the world does not answer. */
export async function runCommand(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<Answer> {
  const command = parseArguments(args);
  switch (command.type) {
    case 'help':
      return done([usage.trimEnd()]);
    case 'wrong_use':
      return wrongUse([command.problem, '', usage.trimEnd()]);
    case 'retry': {
      const { which } = command;
      const topic = which.type === 'place' ? which.place.topic : which.topic;
      if (topic !== undefined && !isRetried(topic)) return wrongUse([derivedSentence(topic)]);
      break;
    }
    case 'list':
    case 'show':
      break;
  }
  const configuration = configurationOf(command.servers, surroundings);
  const connection = await connect(configuration, surroundings.log);
  try {
    return await answerTo(command, { connection, configuration, surroundings });
  } finally {
    await connection.close();
  }
}

interface Context {
  readonly connection: Connection;
  readonly configuration: Configuration;
  readonly surroundings: Surroundings;
}

async function answerTo(
  command: Extract<DeadLettersCommand, { type: 'list' | 'show' | 'retry' }>,
  context: Context,
): Promise<Answer> {
  const { connection, configuration } = context;
  switch (command.type) {
    case 'list':
      return await list(command, connection);
    case 'show':
      return await show(command, connection, configuration);
    case 'retry':
      return await retried(command.which, context);
  }
}

async function list(
  command: Extract<DeadLettersCommand, { type: 'list' }>,
  connection: Connection,
): Promise<Answer> {
  const { letters, unreadable } = await newestLetters(connection, command);
  if (command.format === 'json') return done(letters.map((letter) => JSON.stringify(letter)));
  return done([
    ...(letters.length === 0 ? ['No dead letters.'] : letters.map(listLine)),
    ...(unreadable === 0 ? [] : [`${unreadable} records of dead-letters are none themselves.`]),
  ]);
}

async function show(
  command: Extract<DeadLettersCommand, { type: 'show' }>,
  connection: Connection,
  configuration: Configuration,
): Promise<Answer> {
  const { codec } = connection;
  const [first, ...more] = await copiesOf(connection, command.place);
  if (first === undefined) return unknownPlace(placeOf(command.place));
  await codec.prepare([bufferOf((more.at(-1) ?? first).content.value)]);
  const { personalData } = command;
  const bytesMax = configuration.SHOW_BYTES_MAX;
  return done(shown([first, ...more], { codec, personalData, bytesMax }));
}

const unknownPlace = (place: string): Answer =>
  refused([`There is no dead letter of ${place}: see "list".`]);

/** What is written gets the time of this machine's clock: it must be one that is believed. */
async function retried(which: Selection, context: Context): Promise<Answer> {
  const { connection, configuration } = context;
  const problem = await clockProblemNow(context);
  if (problem !== undefined) return refused(['Nothing is written.', problem]);
  const metrics = createMetrics({ service: 'dead-letters' });
  const { SERVER_TIMEOUT_MS: timeoutMs, REASONS_MAX: reasonsMax } = configuration;
  const producer = await createProducer({ kafka: connection.kafka, metrics, timeoutMs });
  const report = new RetryReport(reasonsMax);
  try {
    await retry(connection, {
      which,
      producer,
      limits: {
        lettersMax: configuration.RETRY_LETTERS_MAX,
        chunkRecordsMax: configuration.CHUNK_RECORDS_MAX,
      },
      tell: (one) => report.take(one),
    });
  } finally {
    await producer.close();
  }
  if (which.type === 'place' && report.isEmpty) return unknownPlace(placeOf(which.place));
  return report.answer();
}

async function clockProblemNow({
  connection: { partitions },
  configuration,
  surroundings: { log, clock },
}: Context): Promise<string | undefined> {
  const { REDIS_URL: url, SERVER_TIMEOUT_MS: timeoutMs } = configuration;
  const redis = createRedis({ url, timeoutMs, log });
  try {
    const newestClosed = newestClosedDay(await readKnowledge(redis, partitions));
    return clockProblem({ configuration, newestClosed, wallMs: clock });
  } finally {
    redis.disconnect();
  }
}
