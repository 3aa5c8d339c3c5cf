import { readFileSync } from 'node:fs';
import { bounded, readConfiguration } from '@semarak/infra/configuration';
import { z } from 'zod';

const secret = z.string().min(8, 'must have at least 8 characters').max(512);

/** The simulator's environment; every limit has a name with its unit, bounds and a default. */
const configurationSchema = z.object({
  GATEWAY_URL: z.url({ protocol: /^https?$/ }),
  CLICKHOUSE_URL: z.url({ protocol: /^https?$/ }),
  /** JSON with the keys of the roles; IMPORT_KEY and ANALYST_PASSWORD stand above it. */
  KEYS_FILE: z.string().min(1).optional(),
  IMPORT_KEY: secret.optional(),
  ANALYST_PASSWORD: secret.optional(),
  SIMULATION_SEED: bounded({ min: 0, max: 99_999_999, default: 2014 }),
  /** Sales a simulation; refunds, voids and repeats come on top. */
  SIMULATION_TRANSACTIONS: bounded({ min: 1, max: 2_000_000, default: 20_000 }),
  SIMULATION_DAY: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be YYYY-MM-DD')
    .default('2014-12-01'),
  /** Requests with transactions in flight at once. */
  POSTING_LANES: bounded({ min: 1, max: 16, default: 4 }),
  /** Transactions or enrolments in one request; the gateway takes up to 10,000. */
  POSTING_LINES_MAX: bounded({ min: 1, max: 10_000, default: 1_000 }),
  /** Records sent in a second, all lanes together. */
  POSTING_RECORDS_PER_S_MAX: bounded({ min: 1, max: 1_000_000, default: 1_000_000 }),
  REQUEST_TIMEOUT_MS: bounded({ min: 100, max: 600_000, default: 30_000 }),
  /** First pause before a request is sent again; it doubles, unless the gateway names one. */
  RETRY_DELAY_MS: bounded({ min: 1, max: 10_000, default: 100 }),
  RETRY_DELAY_MS_MAX: bounded({ min: 1, max: 60_000, default: 5_000 }),
  /** A request that was not answered by then, however often it was sent, fails. */
  RETRY_MS_MAX: bounded({ min: 0, max: 3_600_000, default: 120_000 }),
  /** How long ClickHouse may take to show everything. */
  VISIBLE_MS_MAX: bounded({ min: 1_000, max: 3_600_000, default: 300_000 }),
  /** Figures that differ and have not moved for so long will not come right any more. */
  SETTLED_AFTER_MS: bounded({ min: 1_000, max: 600_000, default: 20_000 }),
  VISIBLE_POLL_MS: bounded({ min: 50, max: 60_000, default: 500 }),
  /** Rows of one page where records are compared one by one. */
  PAGE_ROWS: bounded({ min: 1, max: 100_000, default: 10_000 }),
});

export type Configuration = z.infer<typeof configurationSchema>;

export interface Keys {
  readonly import: string;
  readonly analyst: string;
}

const keysFile = z.object({ import: secret, analyst: secret });

/** Throws one error that names everything that is wrong; no key is repeated in it. */
export function readSimulatorConfiguration(
  environment: Readonly<Record<string, string | undefined>>,
): { configuration: Configuration; keys: Keys } {
  const configuration = readConfiguration(configurationSchema, environment);
  const { IMPORT_KEY, ANALYST_PASSWORD, KEYS_FILE } = configuration;
  if (IMPORT_KEY !== undefined && ANALYST_PASSWORD !== undefined)
    return { configuration, keys: { import: IMPORT_KEY, analyst: ANALYST_PASSWORD } };
  if (KEYS_FILE === undefined)
    throw new Error(
      'The configuration is wrong:\n  KEYS_FILE is not set, nor are IMPORT_KEY and ANALYST_PASSWORD',
    );
  const keys = readKeys(KEYS_FILE);
  return {
    configuration,
    keys: { import: IMPORT_KEY ?? keys.import, analyst: ANALYST_PASSWORD ?? keys.analyst },
  };
}

function readKeys(path: string): Keys {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'it is not JSON' : String(error);
    throw new Error(`KEYS_FILE cannot be read: ${reason}`, { cause: error });
  }
  const parsed = keysFile.safeParse(content);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    (issue) => `  ${issue.path.join('.')}: ${issue.message}`,
  );
  throw new Error(`KEYS_FILE is wrong:\n${problems.join('\n')}`);
}
