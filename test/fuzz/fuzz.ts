import type { Chance } from '../faults/chance.ts';
import { exchange, type Heard } from './exchange.ts';
import { malformedMessage, type SoundRequest } from './malformed.ts';

const connectionsAtOnce = 96;
const faultsKept = 5;

export interface FuzzedServer {
  readonly port: number;
  readonly requests: readonly SoundRequest[];
  /** Servers that this one asks, as it names them in a problem of status 503. */
  readonly dependencies: readonly string[];
}

/** How often each answer came, and what should not have come, with its message in base64. */
export interface FuzzReport {
  readonly heard: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

/** Sends so many malformed messages to a server; gives up after a few faults. */
export async function fuzz(
  server: FuzzedServer,
  options: { readonly messages: number; readonly answerMsMax: number; readonly chance: Chance },
): Promise<FuzzReport> {
  const { messages, answerMsMax, chance } = options;
  const { port, requests, dependencies } = server;
  const heard: Record<string, number> = {};
  const faults: string[] = [];
  let left = messages;
  const client = async (): Promise<void> => {
    while (left > 0 && faults.length < faultsKept) {
      left--;
      const message = malformedMessage(chance, requests);
      const reads = chance(8) === 0 ? 'head' : 'whole';
      const answer = await exchange({ port, message, answerMsMax, reads });
      const name = nameOf(answer);
      heard[name] = (heard[name] ?? 0) + 1;
      const fault = faultOf(answer, dependencies);
      if (fault !== undefined)
        faults.push(`${fault}: ${name}\n${answer.answer}\n${message.toString('base64')}`);
    }
  };
  await Promise.all(Array.from({ length: connectionsAtOnce }, client));
  return { heard, faults };
}

function nameOf({ status, ended, asked }: Heard): string {
  const end = ended === 'answered' ? '' : ` ${ended}`;
  const why = asked === 'complete' || status !== undefined ? '' : ` ${asked}`;
  return `${status ?? ''}${end}${why}`.trim();
}

/** What is wrong with how a server took a message; undefined when nothing is. */
function faultOf(heard: Heard, dependencies: readonly string[]): string | undefined {
  const { status, ended, asked, answer } = heard;
  if (ended === 'hangs' || ended === 'refused') return ended;
  // The client has said that nothing more comes, so there is nothing to wait for.
  if (asked !== 'complete' && ended === 'closed') return undefined;
  if (ended !== 'answered') return ended;
  if (status === 408 && asked === 'complete') return 'waited for more of a whole request';
  if (status === undefined || status < 500) return undefined;
  // ClickHouse’s own statuses; 1001 is what its engine has no name for.
  const [, code] = /^x-clickhouse-exception-code: (\d+)/im.exec(answer) ?? [];
  if (code !== undefined) return code === '1001' ? 'an error without a name' : undefined;
  const body = answer.slice(answer.indexOf('\r\n\r\n'));
  const isNamed = dependencies.some((dependency) => body.includes(dependency));
  return status === 503 && isNamed ? undefined : 'an error of its own';
}
