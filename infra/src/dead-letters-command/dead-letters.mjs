/** `npm run dead-letters` */
import { runBuilt } from '../command-line/run-built.mjs';

await runBuilt(new URL('../../dist/dead-letters-command/main.js', import.meta.url));
