export { ensureKeys } from './keys.ts';
export { planPorts } from './ports.ts';
export { services, type ServiceDefinition } from './services.ts';
export { kafkaFlush } from './kafka-flush.ts';
export { planStack, type StackPlan } from './stack-plan.ts';
export { Supervisor } from './supervisor.ts';
