/** `npm run programme` */
import { runBuilt } from '../command-line/run-built.mjs';

await runBuilt(new URL('../../dist/programme-command/main.js', import.meta.url));
