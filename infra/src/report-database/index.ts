export { damageCheck, damageStatement, type Damage } from './damage.ts';
export {
  currentGeneration,
  currentIdSql,
  dropGeneration,
  inlineViews,
  makeNextGeneration,
  makeReportDatabase,
  swapTo,
  unusedGenerations,
  type CurrentGeneration,
} from './generations.ts';
