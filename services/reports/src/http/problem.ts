import { ClickHouseRefused, ClickHouseUnavailable } from '@semarak/infra/clickhouse';
import { HttpProblem, problemOfFastify } from '@semarak/infra/http-server';
import { KafkaSilent } from '../freshness/kafka-log.ts';

/** The status of an answer and what it says of an error, whatever threw it. */
export function problemOf(error: unknown, bodyBytesMax: number): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof ClickHouseUnavailable)
    return new HttpProblem(503, 'ClickHouse does not answer now.', { cause: error });
  if (error instanceof ClickHouseRefused)
    return new HttpProblem(503, 'ClickHouse cannot answer this now.', { cause: error });
  if (error instanceof KafkaSilent)
    return new HttpProblem(503, 'Kafka does not tell now how far the numbers have come.', {
      cause: error,
    });
  return problemOfFastify(error, {
    service: 'reports service',
    mediaTypes: 'application/json',
    bodyLimit: { bytesMax: bodyBytesMax, setting: 'BODY_BYTES_MAX' },
  });
}
