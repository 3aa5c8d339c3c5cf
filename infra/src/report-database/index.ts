export {
  currentGeneration,
  currentIdSql,
  dropGeneration,
  makeNextGeneration,
  makeReportDatabase,
  swapTo,
  unusedGenerations,
  type CurrentGeneration,
} from './generations.ts';
