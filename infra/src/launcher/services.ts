/** How a service is run: what the launcher must know about it beyond its name. */
export interface ServiceDefinition {
  readonly name: string;
  /** Its port in the plan when it serves HTTP to the outside, `HTTP_PORT`; health is asked there. */
  readonly http: 'none' | 'gateway' | 'reports' | 'console';
  /** The consumer group whose lag tells whether it has done all its work. */
  readonly consumerGroup: string | undefined;
  /** Options of Node for its process, beside those of all. */
  readonly nodeOptions?: readonly string[];
}

/**
 * What a request or a slice of records leaves behind is gone with it. In the 16 MiB that Node takes as it comes much of
 * it lives just long enough to be copied, twice, into the old generation: a fifth of what accrual took.
 */
const largeYoungGeneration = '--max-semi-space-size=64';

/**
 * The services in flow order, which is also the order in which they are stopped, so that what one
 * has handed on is taken in by the next. The place in the list decides the metrics port.
 */
export const services = [
  {
    name: 'gateway',
    http: 'gateway',
    consumerGroup: undefined,
    nodeOptions: [largeYoungGeneration],
  },
  {
    name: 'accrual',
    http: 'none',
    consumerGroup: 'accrual',
    nodeOptions: [largeYoungGeneration],
  },
  { name: 'rewards', http: 'none', consumerGroup: 'rewards' },
  {
    name: 'projector',
    http: 'none',
    consumerGroup: 'projector',
    nodeOptions: [largeYoungGeneration],
  },
  { name: 'calendar', http: 'none', consumerGroup: undefined },
  { name: 'reports', http: 'reports', consumerGroup: undefined },
  { name: 'console', http: 'console', consumerGroup: undefined },
] as const satisfies readonly ServiceDefinition[];

export type ServiceName = (typeof services)[number]['name'];
