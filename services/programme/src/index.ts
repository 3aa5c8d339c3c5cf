export {
  compileRules,
  withClosedDay,
  type ProgrammeRules,
  type ProgrammeVersion,
} from './rules/rules.ts';
export { mallTime, mallDate, type MallTime } from './rules/mall-time.ts';
export { decide, type Decision, type MemberRecord } from './decision/decide.ts';
export type { DomainEvent } from './decision/events.ts';
export { initialState, type MemberState } from './history/state.ts';
export { contentDigest } from './history/content.ts';
export { whyImpossible } from './history/impossible.ts';
export { decodeState, encodeState, encodeStateAnew } from './encoding/state-bytes.ts';
export {
  holdingsOf,
  standingOf,
  type HeldSale,
  type MemberHoldings,
  type MemberStanding,
  type Refusal,
} from './standing/standing.ts';
export { explain } from './explanation/explain.ts';
export { sentence, type Language } from './explanation/sentence.ts';
export type {
  CapExplanation,
  CorrectionExplanation,
  CorrectionOutcome,
  CountedExplanation,
  Explanation,
  FoldedExplanation,
  GiftExplanation,
  MembershipExplanation,
  ParkingExplanation,
  PointsExplanation,
  SaleExplanation,
  TicketExplanation,
  TierExplanation,
} from './explanation/explanation.ts';
