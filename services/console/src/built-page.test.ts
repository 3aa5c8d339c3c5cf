import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

const pageDir = fileURLToPath(new URL('../dist/page', import.meta.url));
const assets = (): string[] => readdirSync(join(pageDir, 'assets'));
/** All scripts and styles of the page, as they are sent. */
const gzipBytesMax = 350_000;
/** What has to be there before the key is asked for. */
const firstGzipBytesMax = 130_000;

const gzipBytes = (names: readonly string[]): number =>
  names
    .map((name) => gzipSync(readFileSync(join(pageDir, 'assets', name))).length)
    .reduce((sum, bytes) => sum + bytes, 0);

it('is small, and asks for the key before the charts are there', () => {
  expect(gzipBytes(assets())).toBeLessThan(gzipBytesMax);
  const page = readFileSync(join(pageDir, 'index.html'), 'utf8');
  const first = assets().filter((name) => page.includes(name));
  expect(first.length).toBeGreaterThan(1);
  expect(gzipBytes(first)).toBeLessThan(firstGzipBytesMax);
});

it('has nothing that its policy would refuse', () => {
  const page = readFileSync(join(pageDir, 'index.html'), 'utf8');
  expect(page).not.toMatch(/<style|style=|\son\w+=|https?:|data:/);
  for (const script of page.matchAll(/<script[^>]*>([^<]*)/g)) expect(script[1]?.trim()).toBe('');
  for (const name of assets().filter((file) => file.endsWith('.css')))
    expect(readFileSync(join(pageDir, 'assets', name), 'utf8')).not.toMatch(/url\(|@import/);
});

it('names what may be kept for ever by what is in it', () => {
  for (const name of assets()) expect(name).toMatch(/-[\w-]{8}\.(js|css)$/);
});
