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
