import { pino, type Logger, type LoggerOptions } from 'pino';

export type Log = Logger;

/** Whatever might carry a secret or personal data is cut out wherever it stands in a line. */
const secrets = ['authorization', 'password', 'key', 'keys', 'name', 'address', 'birthDate'];

/** How every service logs: JSON lines, RFC 3339 times, levels by name, secrets cut out. */
export const logOptions = (options: { service: string; level: string }): LoggerOptions => ({
  level: options.level,
  base: { service: options.service },
  timestamp: () => `,"time":"${new Date().toISOString()}"`,
  formatters: { level: (label) => ({ level: label }) },
  redact: {
    paths: secrets.flatMap((field) => [field, `*.${field}`, `*.headers.${field}`]),
    censor: '[redacted]',
  },
});

/**
 * JSON lines on standard output. Personal data and secrets are never written: fields of those names
 * are replaced.
 */
export const createLog = (options: { service: string; level: string }): Log =>
  pino(logOptions(options));
