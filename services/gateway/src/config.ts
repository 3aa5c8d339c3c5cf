import { readFileSync } from 'node:fs';
import {
  bounded,
  decompressedBytesMax,
  logLevel,
  port,
  readConfiguration,
  serverUrls,
} from '@semarak/infra/configuration';
import { httpServerSettings, serverLimits } from '@semarak/infra/http-server';
import { clockConfiguration } from '@semarak/infra/trusted-clock';
import { z } from 'zod';
import type { TimeLimits } from './admission/time-bounds.ts';
import type { AppendLimits } from './append/append-queue.ts';
import type { HttpLimits } from './http/app.ts';
import type { LineLimits } from './http/lines.ts';

const secret = z.string().min(8, 'must have at least 8 characters').max(512);

/** Who may come in; each role has one key. */
export const roles = ['terminal', 'desk', 'import', 'analyst', 'operator'] as const;
export type Role = (typeof roles)[number];
export type Keys = Readonly<Record<Role, string>>;

const keysFile = z
  .object({ terminal: secret, desk: secret, import: secret, analyst: secret, operator: secret })
  .refine((keys) => new Set(Object.values(keys)).size === roles.length, {
    message: 'two roles have the same key',
  });

/** The gateway's environment; every limit has a name with its unit, bounds and a default. */
export const configurationSchema = z.object({
  ...serverUrls,
  HTTP_PORT: port,
  METRICS_PORT: port,
  LISTEN_HOST: z.string().min(1).default('127.0.0.1'),
  LOG_LEVEL: logLevel,
  KEYS_FILE: z.string().min(1),
  /** One JSON object. */
  JSON_BODY_BYTES_MAX: bounded({ min: 1_024, max: 16_777_216, default: 65_536 }),
  NDJSON_BODY_BYTES_MAX: bounded({ min: 1_024, max: 134_217_728, default: 8_388_608 }),
  NDJSON_LINES_MAX: bounded({ min: 1, max: 100_000, default: 10_000 }),
  /** One line of NDJSON; a longer one is invalid without being read. */
  NDJSON_LINE_BYTES_MAX: bounded({ min: 1_024, max: 16_777_216, default: 65_536 }),
  /** Problems that are told of one item; that there are more is one further. */
  ITEM_PROBLEMS_MAX: bounded({ min: 1, max: 1_000, default: 20 }),
  /** Characters of reasons in one NDJSON answer; invalid lines beyond are told without a reason. */
  NDJSON_REASON_LETTERS_MAX: bounded({ min: 1_024, max: 134_217_728, default: 1_048_576 }),
  /** How long the lines of one request are worked on before other requests have their turn. */
  NDJSON_SLICE_MS_MAX: bounded({ min: 1, max: 1_000, default: 5 }),
  /** Requests at work at once; more are answered 503. */
  REQUESTS_IN_FLIGHT_MAX: bounded({ min: 1, max: 100_000, default: 4_000 }),
  /** Of these, requests of one key. */
  REQUESTS_IN_FLIGHT_PER_KEY_MAX: bounded({ min: 1, max: 100_000, default: 3_000 }),
  /** NDJSON requests at work at once, each of which may hold a whole body in memory. */
  NDJSON_IN_FLIGHT_MAX: bounded({ min: 1, max: 1_000, default: 16 }),
  /** Of these, requests of one key. */
  NDJSON_IN_FLIGHT_PER_KEY_MAX: bounded({ min: 1, max: 1_000, default: 12 }),
  ...httpServerSettings,
  /** Records waiting for Kafka, all requests together. */
  APPEND_QUEUE_RECORDS_MAX: bounded({ min: 1, max: 1_000_000, default: 50_000 }),
  APPEND_RECORDS_MAX: bounded({ min: 1, max: 50_000, default: 2_000 }),
  /** Below what Kafka takes of one partition (`message.max.bytes`), wherever the records go. */
  APPEND_BYTES_MAX: bounded({ min: 1_024, max: 16_777_216, default: 524_288 }),
  /** Appends in flight; partitions are spread over them, each partition belongs to one. */
  APPEND_LANES: bounded({ min: 1, max: 64, default: 2 }),
  /** How long a lone record waits for company. */
  APPEND_LINGER_MS: bounded({ min: 0, max: 5, default: 1 }),
  /** A request whose records are not acknowledged by then is answered 503. */
  APPEND_WAIT_MS_MAX: bounded({ min: 10, max: 60_000, default: 5_000 }),
  /** How long Kafka may take for one produce request. */
  PRODUCE_TIMEOUT_MS: bounded({ min: 100, max: 60_000, default: 5_000 }),
  /** Of the derived topics, which the gateway follows. */
  DECOMPRESSED_BYTES_MAX: decompressedBytesMax,
  REDIS_TIMEOUT_MS: bounded({ min: 10, max: 30_000, default: 1_000 }),
  /** How often the gateway learns under which leader `transactions` is written, for what it remembers. */
  LOG_IDENTITY_POLL_MS: bounded({ min: 10, max: 600_000, default: 1_000 }),
  /** Transactions in one exchange with Redis; one that has so many takes no further requests. */
  DUPLICATES_EXCHANGE_ITEMS_MAX: bounded({ min: 1, max: 100_000, default: 2_000 }),
  /** Correction window and reorder days of the programme, and a day. */
  DUPLICATES_EXPIRE_AFTER_DAYS: bounded({ min: 1, max: 3_650, default: 61 }),
  /** 503 tells the client to come again after this. */
  RETRY_AFTER_S: bounded({ min: 1, max: 3_600, default: 1 }),
  RATE_LIMIT_WINDOW_MS: bounded({ min: 100, max: 3_600_000, default: 60_000 }),
  /** Requests of one key in a window; the role import has no limit. */
  RATE_LIMIT_REQUESTS_MAX: bounded({ min: 1, max: 1_000_000_000, default: 1_200_000 }),
  /** Requests without a valid key from one address in a window. */
  RATE_LIMIT_UNKNOWN_KEYS_MAX: bounded({ min: 1, max: 1_000_000, default: 120 }),
  WAIT_MS_MAX: bounded({ min: 0, max: 60_000, default: 10_000 }),
  /** Transactions whose outcome is being waited for; more are answered without one. */
  WAITERS_MAX: bounded({ min: 0, max: 100_000, default: 2_000 }),
  PROGRAMMES_POLL_MS: bounded({ min: 50, max: 60_000, default: 1_000 }),
  /**
   * How far ahead of the gateway's clock a time may lie: a till's date may be wrong, and days to come are tried. Not
   * longer than a programme's reorderDaysMax, so that a member's clock that is ahead by it makes no sale too late.
   */
  TIME_AHEAD_MS_MAX: bounded({ min: 0, max: 2_678_400_000, default: 604_800_000 }),
  /** How long before its occurredAt the role import may say that a transaction was received. */
  RECEIVED_BEFORE_MS_MAX: bounded({ min: 0, max: 2_678_400_000, default: 86_400_000 }),
  ...clockConfiguration,
  /** How long requests at work may take to finish when the gateway stops. */
  SHUTDOWN_MS_MAX: bounded({ min: 100, max: 120_000, default: 15_000 }),
  SEQUENCE_MAX: bounded({ min: 1, max: 9_007_199_254_740_991, default: 9_999_999_999 }),
  /** Minor units of one transaction; it can be lowered and not raised (README, "How large sums become"). */
  AMOUNT_MAX: bounded({ min: 1, max: 1_000_000_000_000, default: 1_000_000_000_000 }),
});

export type Configuration = z.infer<typeof configurationSchema>;

/**
 * The configuration from the environment and the keys from KEYS_FILE. Throws one error that names
 * every wrong variable, or what is wrong with the file; no key is ever repeated in it.
 */
export function readGatewayConfiguration(
  environment: Readonly<Record<string, string | undefined>>,
): { configuration: Configuration; keys: Keys } {
  const configuration = readConfiguration(configurationSchema, environment);
  return { configuration, keys: readKeys(configuration.KEYS_FILE) };
}

export const appendLimits = (c: Configuration): AppendLimits => ({
  queueRecordsMax: c.APPEND_QUEUE_RECORDS_MAX,
  appendRecordsMax: c.APPEND_RECORDS_MAX,
  appendBytesMax: c.APPEND_BYTES_MAX,
  lanes: c.APPEND_LANES,
  lingerMs: c.APPEND_LINGER_MS,
  waitMsMax: c.APPEND_WAIT_MS_MAX,
});

export const httpLimits = (c: Configuration): HttpLimits => ({
  ...serverLimits(c),
  jsonBytesMax: c.JSON_BODY_BYTES_MAX,
  ndjsonBytesMax: c.NDJSON_BODY_BYTES_MAX,
  ndjsonLinesMax: c.NDJSON_LINES_MAX,
  requestsInFlightMax: c.REQUESTS_IN_FLIGHT_MAX,
  requestsInFlightPerKeyMax: c.REQUESTS_IN_FLIGHT_PER_KEY_MAX,
  ndjsonInFlightMax: c.NDJSON_IN_FLIGHT_MAX,
  ndjsonInFlightPerKeyMax: c.NDJSON_IN_FLIGHT_PER_KEY_MAX,
  retryAfterS: c.RETRY_AFTER_S,
});

export const lineLimits = (c: Configuration): LineLimits => ({
  sliceMsMax: c.NDJSON_SLICE_MS_MAX,
  lineBytesMax: c.NDJSON_LINE_BYTES_MAX,
  reasonLettersMax: c.NDJSON_REASON_LETTERS_MAX,
});

export const timeLimits = (c: Configuration): TimeLimits => ({
  timeAheadMsMax: c.TIME_AHEAD_MS_MAX,
  receivedBeforeMsMax: c.RECEIVED_BEFORE_MS_MAX,
});

function readKeys(path: string): Keys {
  const text = readFileSync(path, 'utf8');
  const parsed = keysFile.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `  ${issue.path.join('.') || 'the file'}: ${issue.message}`,
  );
  throw new Error(`KEYS_FILE is wrong:\n${problems.join('\n')}`);
}

/** Undefined for text that is no JSON: the parser's own message would repeat a part of the keys. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
