/** `npm run rebuild` */
import { runBuilt } from '../command-line/run-built.mjs';

await runBuilt(new URL('../../dist/rebuild-command/main.js', import.meta.url));
