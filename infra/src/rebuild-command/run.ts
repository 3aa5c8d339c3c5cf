import type { Admin } from 'kafkajs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import {
  connectToKafka,
  done,
  refused,
  wrongUse,
  type Answer,
  type Surroundings,
} from '../command-line/index.ts';
import { readConfiguration } from '../configuration/index.ts';
import { createLog } from '../observability/index.ts';
import { environmentOf } from '../server-location/index.ts';
import { parseArguments, usage, type Part } from './arguments.ts';
import { emptyDerivedTopics, rebuildAllConfiguration, untilNobodyWorks } from './derived-topics.ts';

type Environment = Readonly<Record<string, string>>;

/** One thing after the other; the first that fails is the last. */
type Step = (environment: Environment) => Promise<'done' | 'failed'>;

/** Each service makes its own part anew, since it alone knows its rules; its output goes to this terminal. */
export async function runRebuild(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<Answer> {
  const command = parseArguments(args);
  switch (command.type) {
    case 'help':
      return done([usage.trimEnd()]);
    case 'wrong_use':
      return wrongUse([command.problem, '', usage.trimEnd()]);
    case 'rebuild': {
      const environment = environmentOf(command.servers, surroundings);
      for (const step of stepsOf(command))
        if ((await step(environment)) === 'failed') return refused([]);
      return done([]);
    }
  }
}

function stepsOf({ part, correct }: { part: Part; correct: boolean }): readonly Step[] {
  switch (part) {
    case 'redis':
      return [program('accrual/dist/rebuild.js'), program('rewards/dist/rebuild.js')];
    case 'clickhouse':
      return [program('projector/dist/rebuild.js')];
    case 'all':
      return [
        withKafka(untilNobodyWorks),
        program('accrual/dist/rederive.js', ['compare', ...(correct ? ['--correct'] : [])]),
        // Before the topics go: what is in ClickHouse has bookmarks in them.
        program('projector/dist/rebuild.js', ['empty']),
        withKafka(emptyDerivedTopics),
        program('accrual/dist/rederive.js', ['write']),
        program('rewards/dist/rederive.js'),
        program('projector/dist/rebuild.js', ['alone']),
      ];
  }
}

function program(path: string, args: readonly string[] = []): Step {
  const file = fileURLToPath(new URL(`../../../services/${path}`, import.meta.url));
  return async (env) => {
    const child = spawn(process.execPath, ['--enable-source-maps', file, ...args], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code === 0 ? 'done' : 'failed';
  };
}

function withKafka(
  work: (admin: Admin, limits: z.infer<typeof rebuildAllConfiguration>) => Promise<void>,
): Step {
  return async (environment) => {
    const configuration = readConfiguration(rebuildAllConfiguration, environment);
    const { admin } = await connectToKafka({
      brokers: configuration.KAFKA_BROKERS,
      clientId: 'rebuild',
      log: createLog({ service: 'rebuild', level: 'silent' }),
    });
    try {
      await work(admin, configuration);
      return 'done';
    } finally {
      await admin.disconnect();
    }
  };
}
