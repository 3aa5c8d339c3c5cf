export { createHttpApp, healthRoute, type HttpAppLimits } from './app.ts';
export { closeWithin } from './close.ts';
export { guard, type GuardOptions } from './guard.ts';
export { KeyRing } from './key-ring.ts';
export {
  fieldProblemShape,
  HttpProblem,
  inWords,
  problemOfFastify,
  problemResponses,
  type FieldProblem,
  type Problem,
} from './problem.ts';
export { onceTrue, problemsOf, type Check } from './readiness.ts';
export { measureRequests, requestSeconds } from './request-seconds.ts';
