import type { Chance } from '../faults/chance.ts';
import { exchange, type Heard } from './exchange.ts';
import { malformedRequest, type Target } from './malformed.ts';

const atOnce = 48;
const faultsKept = 5;

export interface FuzzedServer extends Target {
  readonly name: string;
  readonly port: number;
}

/** How often each came, and what should not have come, with the request in base64. */
export interface FuzzReport {
  readonly heard: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

/** Sends so many malformed requests to a server. */
export async function fuzz(
  server: FuzzedServer,
  { requests, chance }: { requests: number; chance: Chance },
): Promise<FuzzReport> {
  const heard: Record<string, number> = {};
  const faults: string[] = [];
  let left = requests;
  const client = async (): Promise<void> => {
    while (left > 0 && faults.length < faultsKept) {
      left--;
      const bytes = malformedRequest(chance, server);
      const answer = await exchange(server.port, bytes);
      const name = nameOf(answer);
      heard[name] = (heard[name] ?? 0) + 1;
      if (isFault(answer)) faults.push(`${name}: ${answer.answer}\n${bytes.toString('base64')}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return { heard, faults };
}

const statusOf = (answer: string): number | undefined => {
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(answer) ?? [];
  return status === undefined ? undefined : Number(status);
};

const nameOf = ({ answer, ended }: Heard): string =>
  String(statusOf(answer) ?? (ended === 'by_server' ? 'closed' : ended));

/** 502, 503 and 504 tell of a dependency or a limit; ClickHouse answers its own exceptions with 500 and 501. */
function isFault({ answer, ended }: Heard): boolean {
  if (ended === 'hangs' || ended === 'refused') return true;
  const status = statusOf(answer) ?? 0;
  if (status < 500 || (status >= 502 && status <= 504)) return false;
  const [, code] = /^x-clickhouse-exception-code: (\d+)/im.exec(answer) ?? [];
  return code === undefined || code === '1001';
}
