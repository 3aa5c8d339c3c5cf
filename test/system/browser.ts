import { onPath } from '@semarak/infra/local-stack';
import { chromium, type Browser } from 'playwright-core';

/** Debian's chromium without a window. Throws when the machine has none. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = onPath('chromium');
  if (executablePath === undefined)
    throw new Error('There is no chromium: run "apt-get install chromium" as root.');
  // Its own sandbox needs rights that root in a container does not have; only our page is opened.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking'];
  return chromium.launch({ executablePath, args });
}
