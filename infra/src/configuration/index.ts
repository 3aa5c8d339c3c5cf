import { z } from 'zod';

/** The servers that every service reaches by URL; which kind of server answers is not its business. */
export const serverUrls = {
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,]+:\d+(,[^\s,]+:\d+)*$/, 'must be host:port, several joined by commas')
    .transform((text) => text.split(',')),
  SCHEMA_REGISTRY_URL: z.url(),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  CLICKHOUSE_URL: z.url({ protocol: /^https?$/ }),
};

export const logLevel = z
  .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace'])
  .default('info');

/** A TCP port; 0 lets the system choose. */
export const port = z.coerce.number().int().min(0).max(65_535);

/** A whole number from the environment within stated bounds. */
export const bounded = (bounds: { min: number; max: number; default: number }) =>
  z.coerce.number().int().min(bounds.min).max(bounds.max).default(bounds.default);

/**
 * What the compressed batches of one partition in one fetch become, at most. A batch that alone becomes more is put aside
 * whole, so all that read a log must have the same limit.
 */
export const decompressedBytesMax = bounded({
  min: 1_048_576,
  max: 268_435_456,
  default: 16_777_216,
});

/**
 * Reads a service's configuration from its environment.
 * Throws one error that names every wrong or missing variable with what it must be; the value itself
 * is not repeated, since it may be a secret.
 */
export function readConfiguration<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Readonly<Record<string, string | undefined>>,
): z.infer<z.ZodObject<Shape>> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const name = issue.path.join('.');
    return set[name] === undefined ? `  ${name} is not set` : `  ${name}: ${issue.message}`;
  });
  throw new Error(`The configuration is wrong:\n${[...new Set(problems)].join('\n')}`);
}
