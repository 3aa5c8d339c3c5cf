import { mkdir, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { NotReady } from './http-probe.ts';
import { localStackLimits } from './limits.ts';
import type { ProcessSpec } from './managed-process.ts';
import type { ServerContext } from './server-context.ts';

/** Redis with an append-only file in DIR/redis; its configuration is written anew at each start. */
export function redisServer(context: ServerContext): ProcessSpec {
  const dir = join(context.dataDir, 'redis');
  const configuration = join(dir, 'redis.conf');
  return {
    name: 'redis',
    command: context.redis,
    args: [configuration],
    env: {},
    cwd: context.dataDir,
    output: 'log',
    prepare: async () => {
      await mkdir(dir, { recursive: true });
      await writeFile(configuration, redisConfiguration(context.ports.redis, dir));
    },
    probe: (signal) => probeRedis(context.ports.redis, signal),
    remedyFor: (lines) =>
      lines.some((line) => damaged.test(line)) ? withoutItsFiles(dir) : undefined,
    alive: (signal) => answersRedis(context.ports.redis, signal),
  };
}

/** What Redis says before it ends on files that it cannot read. */
const damaged = new RegExp(
  [
    '(Bad file format|Unexpected end of file|Unrecoverable error) reading the append only file',
    'AOF manifest file',
    "can't open the append log file",
    'Internal error in RDB',
    'Wrong signature trying to load DB',
    'Fatal error loading the DB',
  ].join('|'),
  'i',
);

const withoutItsFiles = (dir: string): string =>
  'Redis cannot read its files, which hold nothing that is not made again from Kafka’s log. Remove them and start ' +
  `again; accrual and rewards then make their states anew: rm -r '${dir}'`;

function redisConfiguration(port: number, dir: string): string {
  const memory = Math.floor(totalmem() * localStackLimits.redisMemoryShare);
  return `bind 127.0.0.1
port ${port}
daemonize no
dir "${dir}"
save ""
appendonly yes
appendfsync everysec
maxmemory ${memory}
maxmemory-policy noeviction
hash-max-listpack-value 512
hash-max-listpack-entries 512
# A title would overwrite the environment in which the launcher recognises its own process.
set-proc-title no
`;
}

/** PING; while Redis reads its append-only file it answers -LOADING, which is not ready. */
async function probeRedis(port: number, signal: AbortSignal): Promise<void> {
  const answer = await pingRedis(port, signal);
  if (answer !== '+PONG') throw new NotReady(`Redis answers ${answer}`);
}

async function answersRedis(port: number, signal: AbortSignal): Promise<void> {
  await pingRedis(port, signal);
}

function pingRedis(port: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    const onAbort = (): void => {
      socket.destroy(new Error('Redis does not answer'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (answer) => {
      resolve(answer.toString('utf8').trim());
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => {
      signal.removeEventListener('abort', onAbort);
      reject(new Error('Redis closed the connection'));
    });
  });
}
