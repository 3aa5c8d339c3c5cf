import type { GatewayBench } from '../arguments.ts';
import { post, refusalsIn, type Load } from '../load/load.ts';
import type { Mall } from '../mall/mall.ts';
import { measuredOf, type Measured } from '../measured.ts';
import { BenchStack, type Say } from '../stack/bench-stack.ts';
import { postMeasured } from '../stack/posting.ts';
import { differencesInLog } from './check.ts';

/**
 * How fast the gateway brings transactions into the log. The workers that it needs to be ready run
 * until it is and then stand still, so that what is measured is the gateway, Kafka and Redis. As many
 * are posted before and not counted: until Kafka has compiled what it does, it takes three times the processor.
 */
export async function benchGateway(command: GatewayBench, say: Say): Promise<Measured> {
  const stack = await BenchStack.start({ portBase: command.portBase, say });
  try {
    await startAlone(stack, command.nodeOptions);
    const { members, transactions } = command;
    const mall: Mall = { members, kind: 'ordered', transactions: 2 * transactions };
    const { connections, lines } = command;
    const posting: Omit<Load, 'from' | 'to'> = {
      url: stack.gatewayUrl,
      key: stack.keys.terminal,
      as: 'terminal',
      mall,
      connections,
      lines,
    };
    say('posting, to warm up');
    const warmUp = await post({ ...posting, from: 0, to: transactions });
    say('posting');
    const range = { from: transactions, to: mall.transactions };
    const { loaded, taken } = await postMeasured(stack, { ...posting, ...range });
    await stack.stop('gateway');
    return measuredOf({
      bench: 'gateway',
      worker: 'gateway',
      transactions,
      taken,
      differences: [
        ...[warmUp, loaded].flatMap(refusalsIn),
        ...(await differencesInLog(stack, mall)),
      ],
      figures: { connections, transactionsARequest: lines },
      latencyMs: { request: loaded.latencyMs },
      ceilings: {},
    });
  } finally {
    await stack.close();
  }
}

/** Accrual tells the gateway of the programmes, and the projector makes the tables that it asks for. */
async function startAlone(stack: BenchStack, nodeOptions: readonly string[]): Promise<void> {
  const others = ['accrual', 'projector'];
  await Promise.all([
    stack.startService('gateway', nodeOptions),
    ...others.map((name) => stack.startService(name)),
  ]);
  for (const name of others) await stack.stop(name);
}
