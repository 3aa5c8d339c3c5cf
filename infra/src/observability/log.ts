import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Whatever might carry a secret or personal data is cut out wherever it stands in a line. */
const secrets = ['authorization', 'password', 'key', 'keys', 'name', 'address', 'birthDate'];

/**
 * JSON lines on standard output, RFC 3339 times, one `service` name.
 * Personal data and secrets are never written: fields of those names are replaced.
 */
export function createLog(options: { service: string; level: string }): Log {
  return pino({
    level: options.level,
    base: { service: options.service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: secrets.flatMap((field) => [field, `*.${field}`, `*.headers.${field}`]),
      censor: '[redacted]',
    },
  });
}
