export { createHttpApp, healthRoute } from './app.ts';
export { closeWithin } from './close.ts';
export { guard, type GuardOptions } from './guard.ts';
export { parseJson, type ParsedJson } from './json-text.ts';
export { KeyRing } from './key-ring.ts';
export { limitKeys } from './limit-keys.ts';
export { createLimitedApp, type HttpAppLimits } from './limited-app.ts';
export {
  fieldProblemShape,
  HttpProblem,
  inWords,
  problemOfFastify,
  problemResponses,
  type BodyLimit,
  type FieldProblem,
  type Problem,
} from './problem.ts';
export { onceTrue, problemsOf, type Check } from './readiness.ts';
export { httpServerSettings, serverLimits } from './server-settings.ts';
export { requestSeconds } from './request-seconds.ts';
