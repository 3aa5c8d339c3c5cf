import { readConfiguration } from '@semarak/infra/configuration';
import { createLog } from '@semarak/infra/observability';
import { rebuildConfiguration } from './config.ts';
import { emptyClickHouse, rebuildClickHouse } from './rebuild/rebuild-clickhouse.ts';

/**
 * Makes ClickHouse's contents again from the log and ends: 0 when they are in use, 1 with a sentence. `empty`: takes a
 * generation without a row into use, before topics are made again. `alone`: the projector does not run, and is not waited for.
 */
const [mode] = process.argv.slice(2);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const lines = (error: unknown): string[] =>
  error instanceof Error && error.name !== 'AbortError'
    ? [error.message, ...lines(error.cause)]
    : [];

try {
  const configuration = readConfiguration(rebuildConfiguration, process.env);
  const log = createLog({ service: 'rebuild', level: configuration.LOG_LEVEL });
  const signal = stop.signal;
  if (mode === 'empty') await emptyClickHouse({ configuration, log, say, signal });
  else await rebuildClickHouse({ configuration, log, say, signal, isAlone: mode === 'alone' });
  process.exit(0);
} catch (error) {
  say(lines(error).join(' – '));
  process.exit(1);
}
