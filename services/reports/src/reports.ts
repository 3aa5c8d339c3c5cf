import { createClickHouseReader } from '@semarak/infra/clickhouse';
import { closeWithin, KeyRing, problemsOf, serverLimits } from '@semarak/infra/http-server';
import { serveObservability, type Health, type Log } from '@semarak/infra/observability';
import { damageCheck } from '@semarak/infra/report-database';
import { randomUUID } from 'node:crypto';
import { FreshRead } from './answers/fresh-read.ts';
import { ReportAnswers } from './answers/report-answers.ts';
import { Statements } from './answers/statements.ts';
import { Turns } from './answers/turns.ts';
import { readDamage } from './catalogue/damage.ts';
import { KnownCatalogue, readCatalogue } from './catalogue/catalogue.ts';
import { readDatabaseState } from './catalogue/database.ts';
import { readTodays } from './catalogue/todays.ts';
import type { ReportsConfiguration } from './config.ts';
import { readKnown, type Known } from './freshness/freshness.ts';
import { kafkaLog } from './freshness/kafka-log.ts';
import { readRound } from './freshness/round.ts';
import { Samples } from './freshness/samples.ts';
import { buildApp } from './http/app.ts';
import { createReportsMetrics } from './metrics.ts';
import { readOperatorFigures, type OperatorFigures } from './operators/figures.ts';

export interface Reports {
  /** Where it listens, such as `http://127.0.0.1:8086`. */
  readonly url: string;
  /** Finishes the requests at work. */
  close(): Promise<void>;
}

/** Introduces the parts to each other and listens; Kafka and ClickHouse may come later. */
export async function startReports(options: {
  configuration: ReportsConfiguration;
  log: Log;
}): Promise<Reports> {
  const { configuration: c, log } = options;
  const clickhouse = createClickHouseReader({
    url: c.CLICKHOUSE_URL,
    username: c.ANALYST_USER,
    password: c.ANALYST_KEY,
    database: 'semarak',
  });
  const kafka = kafkaLog({ brokers: c.KAFKA_BROKERS, timeoutMs: c.KAFKA_TIMEOUT_MS, log });
  const timeoutMs = c.CLICKHOUSE_TIMEOUT_MS;
  const samples = new Samples({ everyMs: c.SAMPLE_EVERY_MS, samplesMax: c.SAMPLES_MAX });
  let newest: Known | undefined;
  let newestAt = Number.NEGATIVE_INFINITY;
  const fresh = new FreshRead(async () => {
    newest = await readKnown({
      state: () => readDatabaseState(clickhouse, { timeoutMs }),
      round: () => readRound(kafka),
      samples,
      id: randomUUID,
    });
    newestAt = performance.now();
    return newest;
  });
  const known = () => fresh.read();
  let figures: OperatorFigures | undefined;
  const metrics = createReportsMetrics({
    completeUpToMs: () => newest?.completeUpToMs,
    operatorFigures: () => figures,
  });
  const catalogue = new KnownCatalogue(() => readCatalogue(clickhouse, { timeoutMs }));
  const turns = (of: { runningMax: number; waitingMax: number }) =>
    new Turns({ ...of, waitMsMax: c.TURN_WAIT_MS_MAX, retryAfterS: c.RETRY_AFTER_S });
  const reportTurns = turns({
    runningMax: c.REPORTS_RUNNING_MAX,
    waitingMax: c.REPORTS_WAITING_MAX,
  });
  const answers = new ReportAnswers({
    clickhouse,
    known,
    catalogue: (views) => catalogue.at(views),
    turns: reportTurns,
    kept: { answersMax: c.ANSWERS_KEPT_MAX, bytesMax: c.ANSWERS_KEPT_BYTES_MAX },
    timeoutMs: c.REPORT_MS_MAX,
    rowsMax: c.RESULT_ROWS_MAX,
    bytesMax: c.RESULT_BYTES_MAX,
    count: (from) => metrics.answers.inc({ from }),
    observe: (report, seconds) => metrics.querySeconds.observe({ report }, seconds),
  });
  const damage = damageCheck({
    ask: () => readDamage(clickhouse, { timeoutMs }),
    everyMs: c.DAMAGE_CHECK_MS,
  });
  const health = healthOf(known, damage);
  const app = await buildApp({
    log,
    limits: {
      ...serverLimits(c),
      bodyBytesMax: c.BODY_BYTES_MAX,
      requestsInFlightMax: c.REQUESTS_IN_FLIGHT_MAX,
      retryAfterS: c.RETRY_AFTER_S,
    },
    guard: {
      keys: new KeyRing({ analyst: c.ANALYST_KEY }),
      windowMs: c.RATE_LIMIT_WINDOW_MS,
      requestsMax: c.RATE_LIMIT_REQUESTS_MAX,
      unknownKeysMax: c.RATE_LIMIT_UNKNOWN_KEYS_MAX,
    },
    health,
    metrics,
    reports: { answers, catalogue: async () => catalogue.at((await known()).state.views) },
    freshness: {
      known,
      damage,
      todays: (programmes) =>
        reportTurns.take(() =>
          readTodays(clickhouse, { programmes, nowMs: Date.now(), timeoutMs }),
        ),
      late: (of) => reportTurns.take(() => answers.late(of)),
    },
    query: {
      statements: new Statements({
        clickhouse,
        turns: turns({
          runningMax: c.STATEMENTS_RUNNING_MAX,
          waitingMax: c.STATEMENTS_WAITING_MAX,
        }),
        limits: {
          timeoutMs: c.STATEMENT_MS_MAX,
          rowsMax: c.STATEMENT_ROWS_MAX,
          resultRowsMax: c.RESULT_ROWS_MAX,
          resultBytesMax: c.RESULT_BYTES_MAX,
          memoryBytesMax: c.STATEMENT_MEMORY_BYTES_MAX,
        },
      }),
    },
  });
  const listen = { port: c.METRICS_PORT, host: c.LISTEN_HOST };
  const observability = await serveObservability({ ...listen, metrics, health });
  const url = await app.listen({ port: c.HTTP_PORT, host: c.LISTEN_HOST });
  // So that ends of the log are noted also while nobody asks.
  const sampling = setInterval(() => {
    if (performance.now() - newestAt >= c.SAMPLE_EVERY_MS) known().catch(() => undefined);
  }, c.SAMPLE_EVERY_MS);
  // By itself, so that whoever scrapes never waits for ClickHouse. While it does not answer the last figures stand.
  const readFigures = (): void => {
    reportTurns
      .take(() => readOperatorFigures(clickhouse, { timeoutMs: c.REPORT_MS_MAX }))
      .then((read) => (figures = read))
      .catch((error: unknown) =>
        log.warn({ err: error }, 'the figures for operators are not read'),
      );
  };
  readFigures();
  const looking = setInterval(readFigures, c.OPERATOR_FIGURES_EVERY_MS);
  return {
    url,
    async close() {
      clearInterval(sampling);
      clearInterval(looking);
      await closeWithin(app, c.SHUTDOWN_MS_MAX);
      await kafka.close();
      await observability.close();
    },
  };
}

function healthOf(
  known: () => Promise<Known>,
  damage: () => Promise<readonly string[]>,
): () => Promise<Health> {
  const check = async (): Promise<string | undefined> => {
    const { state } = await known();
    return state.programmes.size > 0 ? undefined : 'No programme is in the report database yet.';
  };
  return async () => ({ problems: [...(await problemsOf([check])), ...(await damage())] });
}
