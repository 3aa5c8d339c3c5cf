/**
 * Every place between two steps at which a test can end a worker, in the order of the steps. `acquired`
 * is passed once for each partition that is taken over, the others in every batch that has such a step.
 */
export const crashPointNames = [
  'processor/acquired',
  'processor/read',
  'processor/loaded',
  'processor/decided',
  'processor/between-chunks',
  'processor/produced',
  'processor/committed',
  'processor/reported',
  'projection/acquired',
  'projection/read',
  'projection/open-committed',
  'projection/opened',
  'projection/between-blocks',
  'projection/inserted',
  'projection/closed',
] as const;

export type CrashPointName = (typeof crashPointNames)[number];
