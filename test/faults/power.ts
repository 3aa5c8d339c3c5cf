import { serverNames } from '@semarak/infra/local-stack';
import { until } from '../system/until.ts';
import type { FaultySystem } from './faulty-system.ts';

const backWithinMs = 90_000;

/** What a program waits for before it is started again. */
export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

export function closedGate(): Gate {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

/** Ends a service, which is started again once the gate is open. */
export async function hold(system: FaultySystem, name: string, gate: Gate): Promise<void> {
  const life = await system.life(name);
  system.prepareNext(name, { before: () => gate.passed });
  await system.kill(life);
}

/**
 * Kills all that runs at once and starts it again, servers first, once `whileDark` has done to their files what a power
 * cut does. Services that are `held` wait for their gate. Resolves when the gateway is healthy.
 */
export async function cutPower(
  system: FaultySystem,
  whileDark: () => Promise<void>,
  held?: { readonly services: readonly string[]; readonly gate: Gate },
): Promise<void> {
  const servers: readonly string[] = serverNames;
  const lives = await system.lives();
  const power = closedGate();
  const booted = closedGate();
  const gateOf = (name: string): Gate => {
    if (servers.includes(name)) return power;
    return held?.services.includes(name) === true ? held.gate : booted;
  };
  for (const { name } of lives) system.prepareNext(name, { before: () => gateOf(name).passed });
  try {
    await Promise.all(lives.map((life) => system.kill(life)));
    await whileDark();
    power.open();
    for (const name of servers)
      await until(`${name} is back`, backWithinMs, () => system.answers(name));
  } finally {
    power.open();
    booted.open();
  }
  await until('the gateway is back', backWithinMs, () => system.answers('gateway'));
}
