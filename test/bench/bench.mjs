/** `npm run bench`: runs the command line as it is built, or says that it is not. */
import { existsSync } from 'node:fs';

const main = new URL('dist/main.js', import.meta.url);

if (existsSync(main)) {
  await import(main.href);
} else {
  console.error('The command is not built yet: run "npm run build" (or "npm start") first.');
  process.exitCode = 2;
}
