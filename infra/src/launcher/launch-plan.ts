import type { ProcessSpec } from '../local-stack/index.ts';
import type { StackPlan } from './stack-plan.ts';
import { addressesOf, serverAddresses, type StackPlace } from './where-to-look.ts';

/**
 * How far a start goes: the servers alone, the services too, or the demonstration as well. Topics,
 * schemas, tables and programmes are made with the services: the servers alone keep what they hold,
 * and nothing is written to a topic that is to be put back from a copy.
 */
export type Extent = 'servers' | 'services' | 'demonstration';

/** What one start runs, in this order, and what it tells the person once all of it runs. */
export interface LaunchPlan extends Pick<StackPlan, 'servers' | 'services' | 'kafkaBrokers'> {
  readonly provision: ProcessSpec | undefined;
  readonly demonstration: ProcessSpec | undefined;
  readonly whereToLook: string;
  /** A line. */
  readonly whatRuns: string;
}

/** The part of a stack that a start of this extent runs. */
export function planLaunch(stack: StackPlan, extent: Extent, place: StackPlace): LaunchPlan {
  const everything = {
    ...stack,
    whereToLook: addressesOf(place),
    whatRuns: 'everything runs; Ctrl-C stops it',
  };
  switch (extent) {
    case 'servers': {
      const names = stack.servers.map(({ name }) => name).join(', ');
      const what = `the servers run (${names}), the services are not started`;
      return {
        ...everything,
        provision: undefined,
        services: [],
        demonstration: undefined,
        whereToLook: serverAddresses(place),
        whatRuns: `${what}; Ctrl-C stops the servers`,
      };
    }
    case 'services':
      return { ...everything, demonstration: undefined };
    case 'demonstration':
      return everything;
  }
}
