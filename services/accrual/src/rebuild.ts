import { runRebuild } from '@semarak/infra/workers';
import { accrual } from './accrual.ts';

await runRebuild({ worker: 'accrual', input: 'transactions', logic: accrual });
