/** Runs a command line as it is built, or says that it is not. */
import { existsSync } from 'node:fs';

/** `main`: the built file. */
export async function runBuilt(main) {
  if (existsSync(main)) {
    await import(main.href);
    return;
  }
  console.error('The command is not built yet: run "npm run build" (or "npm start") first.');
  process.exitCode = 1;
}
