import type { PipelineBench } from '../arguments.ts';
import { ceilingsOf } from '../ceilings/ceilings.ts';
import { refusalsIn, type Load } from '../load/load.ts';
import type { Mall } from '../mall/mall.ts';
import { measuredOf, type Measured } from '../measured.ts';
import { BenchStack, type Say } from '../stack/bench-stack.ts';
import { enrolMembers, tellProfiles } from '../stack/filling.ts';
import { postMeasured } from '../stack/posting.ts';
import type { Taken } from '../stack/measuring.ts';
import { untilProjected } from '../stack/projector.ts';
import { untilAtEnd } from '../stack/stream-worker.ts';
import { differencesOnTheWay } from './check.ts';
import { visibleMs, watchSales } from './visibility.ts';

/** Of a steady load. */
const steadyPerSecond = 2_000;
/** At that rate, before anything is measured: meanwhile the servers and the load compile what a request takes. */
const warmUpSeconds = 10;
const steadyConnections = 64;
const waitingEvery = 20;

const services = ['gateway', 'accrual', 'rewards', 'projector'];

/**
 * How fast transactions go all the way from HTTP to the reports, with everything beside that a mall needs. First as
 * fast as it can be; then at a steady rate, to see how long each takes.
 */
export async function benchPipeline(command: PipelineBench, say: Say): Promise<Measured> {
  const { transactions, members, connections, lines, nodeOptions } = command;
  const stack = await BenchStack.start({ portBase: command.portBase, say });
  try {
    const steady = command.steadySeconds * steadyPerSecond;
    const warmUpRequests = warmUpSeconds * steadyPerSecond;
    const mall: Mall = {
      members,
      kind: 'ordered',
      transactions: transactions + warmUpRequests + steady,
    };
    await enrolMembers(stack, mall);
    await tellProfiles(stack, mall);
    await Promise.all(services.map((name) => stack.startService(name, nodeOptions)));
    await untilVisible(stack);
    const posting = { url: stack.gatewayUrl, key: stack.keys.import, as: 'import', mall } as const;
    say(`posting, ${lines} in a request`);
    const sustained = await postMeasured(
      stack,
      { ...posting, from: 0, to: transactions, connections, lines },
      () => untilVisible(stack),
    );
    const atSteady = await postSteadily(stack, {
      ...posting,
      from: transactions,
      to: mall.transactions,
      connections: steadyConnections,
      lines: 1,
      perSecond: steadyPerSecond,
      warmUpRequests,
      waitingEvery,
    });
    for (const name of services) await stack.stop(name);
    return measuredOf({
      bench: 'pipeline',
      transactions,
      taken: sustained.taken,
      differences: [
        ...[sustained.loaded, atSteady.loaded].flatMap(refusalsIn),
        ...(await differencesOnTheWay(stack, mall)),
      ],
      figures: {
        connections,
        transactionsARequest: lines,
        members,
        acceptedPerSecond: Math.round(transactions / sustained.loaded.seconds),
        secondsFromAcceptedToVisible: round(sustained.taken.seconds - sustained.loaded.seconds),
        steadyPerSecond: Math.round((warmUpRequests + steady) / atSteady.loaded.seconds),
        ...coresTaken(atSteady.taken),
      },
      latencyMs: {
        request: sustained.loaded.latencyMs,
        steadyRequest: atSteady.loaded.latencyMs,
        steadyAcceptedToVisible: atSteady.visibleMs,
        steadyWaitForOutcome: atSteady.loaded.waitedMs,
      },
      ceilings: await ceilingsOf(stack, command, ['consume', 'consume and produce', 'insert']),
    });
  } finally {
    await stack.close();
  }
}

/** Processor seconds a second of each process at the steady rate, with its warm-up. */
const coresTaken = ({ seconds, cpuSeconds }: Taken): Record<string, number> =>
  Object.fromEntries(
    Object.entries(cpuSeconds).map(([name, cpu]) => [
      `steadyCores of ${name}`,
      round(cpu / seconds),
    ]),
  );

const round = (number: number): number => Math.round(number * 1_000) / 1_000;

/** Resolves when all that lies in `transactions` now is in ClickHouse with all that follows from it. */
async function untilVisible(stack: BenchStack): Promise<void> {
  await untilAtEnd(stack, 'accrual');
  await untilAtEnd(stack, 'rewards');
  await untilProjected(stack);
}

async function postSteadily(stack: BenchStack, load: Load & { readonly warmUpRequests: number }) {
  stack.say(`posting, ${steadyPerSecond} requests a second`);
  const from = await stack.ends('transactions');
  const endWatching = watchSales(stack, load.mall, load.from);
  const { loaded, taken } = await postMeasured(stack, load, () => untilVisible(stack));
  const shown = await endWatching();
  const isLeftOut = (index: number) => index < load.warmUpRequests || index % waitingEvery === 0;
  const { answeredAt } = loaded;
  return {
    loaded,
    taken,
    visibleMs: await visibleMs(stack, { shown, first: load.from, from, answeredAt, isLeftOut }),
  };
}
