import type { ClickHouseReader } from '@semarak/infra/clickhouse';
import { z } from 'zod';

/** Records of a programme that wait for another, by what they wait for. */
interface Waiting {
  readonly programme: string;
  readonly reason: string;
  readonly records: number;
  /** How long the one waits that came first. */
  readonly oldestSeconds: number;
}

/** What operators should look at, and nobody is told of otherwise. */
export interface OperatorFigures {
  readonly waiting: readonly Waiting[];
  /** Ids under which sales stand for more than one member. */
  readonly sharedIds: readonly { readonly programme: string; readonly ids: number }[];
}

const count = z.union([z.number(), z.string()]).transform(Number);
const waitingShape = z.object({ data: z.array(z.tuple([z.string(), z.string(), count, count])) });
const sharedShape = z.object({ data: z.array(z.tuple([z.string(), count])) });

const waitingStatement = `
SELECT programme, reason, count() AS records, max(waiting_seconds) AS oldest_seconds
FROM semarak.waiting_records
GROUP BY programme, reason`;

/** Every programme, so that one whose last shared id is put right is told as 0. */
const sharedStatement = `
SELECT p.programme AS programme, countIf(s.transaction_id != '') AS ids
FROM semarak.programmes AS p
LEFT JOIN semarak.shared_transaction_ids AS s ON s.programme = p.programme
GROUP BY programme`;

/** Asks ClickHouse; throws when it does not answer in time. */
export async function readOperatorFigures(
  clickhouse: ClickHouseReader,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<OperatorFigures> {
  const ask = async (statement: string): Promise<unknown> => {
    const { text } = await clickhouse({ statement, format: 'JSONCompact', timeoutMs });
    return JSON.parse(text);
  };
  const waiting = waitingShape.parse(await ask(waitingStatement)).data;
  const shared = sharedShape.parse(await ask(sharedStatement)).data;
  return {
    waiting: waiting.map(([programme, reason, records, oldestSeconds]) => ({
      programme,
      reason,
      records,
      oldestSeconds,
    })),
    sharedIds: shared.map(([programme, ids]) => ({ programme, ids })),
  };
}
