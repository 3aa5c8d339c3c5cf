import { runRebuild } from '@semarak/infra/workers';
import { rewardsLogic } from './rewards-logic.ts';

await runRebuild({ worker: 'rewards', input: 'entitlements', logic: rewardsLogic });
