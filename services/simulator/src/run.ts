import { programmeFiles, readProgramme, type ProgrammeDocument } from '@semarak/schemas';
import { createAnalyst, type Analyst } from './analytics/analyst.ts';
import { figuresOf } from './analytics/figures.ts';
import { compareList, listsOf } from './analytics/one-by-one.ts';
import { patient } from './analytics/patience.ts';
import type { Scope } from './analytics/scope.ts';
import { comparisonText, figureText } from './analytics/summary.ts';
import {
  awaitFigures,
  checkFigures,
  expectedRecords,
  findScope,
  type Ending,
} from './analytics/visibility.ts';
import type { RunCommand } from './command-line.ts';
import type { Configuration, Keys } from './config.ts';
import { defaultTerminals, membersFor } from './mall/options.ts';
import type { SimulationOptions } from './mall/options.ts';
import type { SimulatedDay } from './mall/records.ts';
import { shuffledDays } from './mall/shuffle.ts';
import { simulateDays } from './mall/simulation.ts';
import { GatewayClient } from './posting/gateway-client.ts';
import { createPace } from './posting/pace.ts';
import { postDay, type Posted } from './posting/post.ts';
import { startProgress } from '@semarak/infra/progress';
import { recount, type Recount } from './recount/recount.ts';
import { writeRecords } from './records-file.ts';

export interface Run {
  readonly command: RunCommand;
  readonly configuration: Configuration;
  readonly keys: Keys;
  /** For the summary. */
  readonly write: (text: string) => void;
  /** For what is only of interest while it lasts. */
  readonly progress: NodeJS.WriteStream;
}

/**
 * Simulates, sends, waits and compares. Resolves to whether everything that was compared is equal.
 * Throws when the gateway refuses or ClickHouse answers with an error.
 */
export async function run(parts: Run): Promise<'equal' | 'different'> {
  const { configuration, command, write } = parts;
  const options = simulationOptions(parts);
  const salesTotal = options.salesPerDay * options.days;
  write(
    `${options.programme.name}: ${salesTotal} sales from ${options.firstDay}, ` +
      `${options.days} business day${options.days === 1 ? '' : 's'}, seed ${options.seed}\n`,
  );
  const days = [...simulateDays(options)];
  if (command.recordsFile !== undefined) await writeRecords(command.recordsFile, days);

  const sent =
    command.shuffleSeed === undefined
      ? days
      : shuffledDays(days, {
          seed: command.shuffleSeed,
          heldDaysMax: options.programme.reorderDaysMax,
        });
  const surprised = await postAll(sent, parts);

  const asOf = days.at(-1)?.day ?? options.firstDay;
  const counted = recount({
    programme: options.programme,
    enrolments: days.flatMap(({ enrolments }) => enrolments),
    transactions: days.flatMap(({ transactions }) => transactions),
    asOf,
  });
  const server = createAnalyst({
    url: configuration.CLICKHOUSE_URL,
    password: parts.keys.analyst,
    requestTimeoutMs: configuration.REQUEST_TIMEOUT_MS,
  });
  const analyst = patient(server, {
    unavailableMsMax: configuration.RETRY_MS_MAX,
    retryDelayMs: configuration.RETRY_DELAY_MS,
  });
  try {
    const wrong = await compareAll({ analyst, counted, options, asOf }, parts);
    return surprised + wrong === 0 ? 'equal' : 'different';
  } finally {
    await analyst.close();
  }
}

function simulationOptions({ command, configuration }: Run): SimulationOptions {
  const sales = command.sales ?? configuration.SIMULATION_TRANSACTIONS;
  const salesPerDay = Math.ceil(sales / command.days);
  return {
    programme: pacificPlace(),
    seed: command.seed ?? configuration.SIMULATION_SEED,
    firstDay: configuration.SIMULATION_DAY,
    days: command.days,
    members: command.members ?? membersFor(salesPerDay),
    terminals: defaultTerminals,
    salesPerDay,
    shares: command.shares,
    offlineDaysMax: command.offlineDaysMax,
  };
}

function pacificPlace(): ProgrammeDocument {
  const documents = programmeFiles().map(readProgramme);
  const found = documents.find(({ programme }) => programme === 'pacific-place');
  if (found === undefined) throw new Error('the programme pacific-place is missing');
  return found;
}

/** Resolves to the number of answers that were not as they should be. */
async function postAll(days: readonly SimulatedDay[], parts: Run): Promise<number> {
  const { configuration } = parts;
  const total = days.reduce(
    (sum, { enrolments, transactions }) => sum + enrolments.length + transactions.length,
    0,
  );
  const shown = startProgress({ title: 'Sending to the gateway', total, stream: parts.progress });
  let sent = 0;
  const gateway = new GatewayClient({
    url: configuration.GATEWAY_URL,
    key: parts.keys.import,
    connections: configuration.POSTING_LANES,
    requestTimeoutMs: configuration.REQUEST_TIMEOUT_MS,
    retryDelayMs: configuration.RETRY_DELAY_MS,
    retryDelayMsMax: configuration.RETRY_DELAY_MS_MAX,
    retryMsMax: configuration.RETRY_MS_MAX,
    onRetry: ({ delayMs }) => shown.update(sent, `(the gateway is busy, again in ${delayMs} ms)`),
  });
  const pace = createPace({ recordsPerSecondMax: configuration.POSTING_RECORDS_PER_S_MAX });
  const startedAt = performance.now();
  const posted: Posted[] = [];
  try {
    for (const day of days)
      posted.push(
        await postDay(gateway, day, {
          lanes: configuration.POSTING_LANES,
          linesMax: configuration.POSTING_LINES_MAX,
          pace,
          onPosted: ({ records }) => shown.update((sent += records), ''),
        }),
      );
  } finally {
    shown.finish();
    await gateway.close();
  }
  parts.write(postedText(posted, { seconds: (performance.now() - startedAt) / 1000 }));
  return posted.reduce((sum, { surprised }) => sum + surprised, 0);
}

function postedText(posted: readonly Posted[], { seconds }: { seconds: number }): string {
  const of = (field: 'enrolments' | 'accepted' | 'duplicates' | 'conflicts' | 'surprised') =>
    posted.reduce((sum, day) => sum + day[field], 0);
  const lines = [
    `Sent ${of('enrolments')} enrolments; of the transactions ${of('accepted')} were accepted, ` +
      `${of('duplicates')} duplicates, ${of('conflicts')} conflicts; ${seconds.toFixed(1)} s.`,
  ];
  if (of('surprised') > 0) {
    lines.push(
      `${of('surprised')} answers were not expected. Does the data folder hold another simulation ` +
        'with the same seed? The first of them:',
      ...posted.flatMap(({ surprises }) => surprises.map((text) => `  ${text}`)).slice(0, 5),
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Resolves to the number of figures and lists that are not as they should be. */
async function compareAll(
  expected: {
    readonly analyst: Analyst;
    readonly counted: Recount;
    readonly options: SimulationOptions;
    readonly asOf: string;
  },
  parts: Run,
): Promise<number> {
  const { analyst, counted, options, asOf } = expected;
  const scope = await findScope(analyst, {
    programme: options.programme.programme,
    memberPrefix: `M${options.seed}-`,
    terminalPrefix: `T${options.seed}-`,
  });
  const figures = figuresOf({ recount: counted, scope, asOf });
  const { ending, answers } = await awaitWithProgress(
    { analyst, recount: counted, scope, figures },
    parts,
  );
  parts.write(`${endingText(ending)}\n${scopeText(scope)}`);

  let wrong = 0;
  const checked = await checkFigures(analyst, figures, answers);
  for (const figure of checked) {
    if ((figure.found?.length ?? 0) > 0) wrong += 1;
    parts.write(`${figureText(figure)}\n\n`);
  }
  parts.write('Compared one by one with the recount\n');
  for (const list of listsOf({ recount: counted, scope })) {
    const pageRows = parts.configuration.PAGE_ROWS;
    const comparison = await compareList(analyst, { list, pageRows });
    if (comparison.different > 0) wrong += 1;
    parts.write(`${comparisonText(list.title, comparison)}\n`);
  }
  const verdict =
    wrong === 0
      ? 'Everything equals the recount from the simulator’s own records.'
      : `${wrong} of the comparisons with the recount show differences.`;
  parts.write(`\n${verdict}\n`);
  return wrong;
}

async function awaitWithProgress(
  expected: {
    readonly analyst: Analyst;
    readonly recount: Recount;
    readonly scope: Scope;
    readonly figures: ReturnType<typeof figuresOf>;
  },
  { configuration, progress }: Run,
): ReturnType<typeof awaitFigures> {
  const total = expectedRecords(expected);
  const shown = startProgress({ title: 'Visible in ClickHouse', total, stream: progress });
  try {
    return await awaitFigures(
      expected.analyst,
      { scope: expected.scope, figures: expected.figures },
      {
        visibleMsMax: configuration.VISIBLE_MS_MAX,
        settledAfterMs: configuration.SETTLED_AFTER_MS,
        pollMs: configuration.VISIBLE_POLL_MS,
        onLook: ({ visible, differing }) =>
          shown.update(visible, differing === '' ? '' : `waiting for: ${differing}`),
      },
    );
  } finally {
    shown.finish();
  }
}

function endingText(ending: Ending): string {
  switch (ending) {
    case 'equal':
      return '';
    case 'settled':
      return 'The figures move no more and differ from the recount:\n';
    case 'timed_out':
      return 'The time is over (VISIBLE_MS_MAX) and these figures still differ from the recount:\n';
  }
}

function scopeText(scope: Scope): string {
  if (scope.type === 'all') return '';
  const left = scope.without.length;
  return (
    'The programme holds records of others too: only the simulation’s own members and tills are ' +
    'compared, the reports are not' +
    `${left === 0 ? '' : `, nor ${left} members whom others’ records concern`}.\n\n`
  );
}
