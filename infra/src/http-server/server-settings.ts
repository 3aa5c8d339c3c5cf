import { z } from 'zod';
import { bounded } from '../configuration/index.ts';
import type { ServerLimits } from './guarded-server.ts';

/** What every HTTP service can be told about its connections, for its schema of variables. */
export const httpServerSettings = {
  /** Connections at once. For one more, the oldest is closed that is neither known nor being answered. */
  CONNECTIONS_MAX: bounded({ min: 1, max: 100_000, default: 5_000 }),
  /** Of these, connections over which nobody has shown a valid key yet. */
  CONNECTIONS_UNIDENTIFIED_MAX: bounded({ min: 1, max: 100_000, default: 1_000 }),
  /** How long a connection stays open without a request. */
  KEEP_ALIVE_MS: bounded({ min: 100, max: 3_600_000, default: 72_000 }),
  /** Time from the connection to the end of a request's headers. */
  HEADERS_RECEIVE_MS_MAX: bounded({ min: 100, max: 600_000, default: 10_000 }),
  /** Time from the connection to the last byte of a request. */
  REQUEST_RECEIVE_MS_MAX: bounded({ min: 1_000, max: 600_000, default: 30_000 }),
  /** A client that reads nothing of its answer for so long loses its connection. */
  ANSWER_STALL_MS_MAX: bounded({ min: 100, max: 600_000, default: 10_000 }),
  /** So does one that reads, but so slowly that some of it has been waiting all this time. */
  ANSWER_SEND_MS_MAX: bounded({ min: 100, max: 3_600_000, default: 60_000 }),
};

const settings = z.object(httpServerSettings);

/** The limits of a guarded server; without variables, their defaults. */
export function serverLimits(
  variables: z.infer<typeof settings> = settings.parse({}),
): ServerLimits & Required<Pick<ServerLimits, 'answerSendMsMax'>> {
  return {
    connectionsMax: variables.CONNECTIONS_MAX,
    unidentifiedConnectionsMax: variables.CONNECTIONS_UNIDENTIFIED_MAX,
    keepAliveMs: variables.KEEP_ALIVE_MS,
    headersReceiveMsMax: variables.HEADERS_RECEIVE_MS_MAX,
    requestReceiveMsMax: variables.REQUEST_RECEIVE_MS_MAX,
    answerStallMsMax: variables.ANSWER_STALL_MS_MAX,
    answerSendMsMax: variables.ANSWER_SEND_MS_MAX,
  };
}
