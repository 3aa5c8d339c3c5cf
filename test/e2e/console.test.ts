import axe from 'axe-core';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from '../system/browser.ts';
import {
  differences,
  sections,
  shownCards,
  viewRows,
  type Chosen,
} from '../system/console-page.ts';
import { runSimulator } from '../system/simulator.ts';
import { startSystem, type System } from '../system/system.ts';
import { until } from '../system/until.ts';

const portBase = 22_600;
const consoleUrl = `http://127.0.0.1:${portBase + 1}`;
const pictures = fileURLToPath(
  new URL('../../.semarak-test/screenshots/console/', import.meta.url),
);
const chosen: Chosen = { programme: 'pacific-place', asOf: '2014-12-03', period: 'today' };
const desktop = { width: 1_280, height: 800 };
const phone = { width: 390, height: 844 };
const shownMsMax = 60_000;

let system: System;
let browser: Browser;
/** Addresses that any page of this test has asked for, and what browsers had to complain of. */
const asked = new Set<string>();
const complaints: string[] = [];

beforeAll(async () => {
  rmSync(pictures, { recursive: true, force: true });
  mkdirSync(pictures, { recursive: true });
  [system, browser] = await Promise.all([startSystem({ portBase }), startBrowser()]);
  await until('the console is healthy', shownMsMax, async () => {
    const answer = await fetch(`${consoleUrl}/healthz`).catch(() => undefined);
    return answer?.status === 200;
  });
  // Three days, so that there is a day before; some sales come late, some are given back.
  const args = ['load', '--transactions', '3000', '--days', '3', '--seed', '2206'];
  const { exitCode, output } = await runSimulator(system, args).ended;
  if (exitCode !== 0) throw new Error(output);
});
afterAll(async () => {
  await browser.close();
  await system.close();
});

async function openContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: desktop,
    locale: 'en-GB',
    reducedMotion: 'reduce',
    baseURL: consoleUrl,
    ...options,
  });
  context.on('request', (request) => asked.add(request.url()));
  context.on('weberror', (error) => complaints.push(error.error().message));
  context.on('console', (message) => {
    // Refused keys and broken connections, which tests bring about, are complained of too.
    const isOfTheNetwork = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isOfTheNetwork) complaints.push(message.text());
  });
  return context;
}

const address = (section: string, { programme, asOf, period } = chosen): string =>
  `/#/${section}?${new URLSearchParams({ programme, as_of: asOf, period }).toString()}`;

/** Comes in with the key and waits until the section's figures stand there. */
async function enter(context: BrowserContext, at = address('overview')): Promise<Page> {
  const page = await context.newPage();
  await page.goto(at);
  await page.locator('input[name=key]').fill(system.keys.analyst);
  await page.keyboard.press('Enter');
  await settled(page);
  return page;
}

async function settled(page: Page): Promise<void> {
  await page.locator('#figures').waitFor();
  await until('no card is loading', shownMsMax, async () => {
    const isLoading = (await shownCards(page)).some(({ state }) => state === 'loading');
    return !isLoading && (await page.locator('.highlights .waiting').count()) === 0;
  });
}

async function goTo(page: Page, section: string): Promise<void> {
  await page.locator(`nav a[href^="#/${section}"]`).click();
  await page.locator(`nav a[href^="#/${section}"][aria-current=page]`).waitFor();
  await settled(page);
  for (const button of await page.locator('button.more').all()) await button.click();
}

/** Each number of the section is the view's, as soon as the page has asked again. */
async function expectViews(
  page: Page,
  shown: { section: (typeof sections)[number]; chosen: Chosen },
): Promise<void> {
  await expect
    .poll(() => differences(page, { system, ...shown }), { timeout: shownMsMax, interval: 500 })
    .toEqual([]);
}

describe('the key', () => {
  it('is asked for, and a wrong one is said to be wrong', async () => {
    const context = await openContext();
    const page = await context.newPage();
    await page.goto('/');
    await page.locator('input[name=key]').fill('not the key');
    await page.keyboard.press('Enter');
    await page.getByText('This key is not accepted').waitFor();
    expect(await page.locator('#figures').count()).toBe(0);
    await context.close();
  });

  it('stays for the tab and goes with it', async () => {
    const context = await openContext();
    const page = await enter(context);
    await page.reload();
    await settled(page);
    const other = await context.newPage();
    await other.goto('/');
    await other.locator('input[name=key]').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    await context.close();
  });
});

describe('the numbers of every chart', () => {
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    context = await openContext();
    page = await enter(context);
  });
  afterAll(() => context.close());

  const periods = [
    ['today', 'Today'],
    ['month_to_date', 'Month to date'],
    ['year_to_date', 'Year to date'],
  ] as const;
  it.each(periods)('are the views’, %s', async (period, label) => {
    await page.getByRole('radio', { name: label }).check({ force: true });
    for (const section of sections) {
      await goTo(page, section);
      await expectViews(page, { section, chosen: { ...chosen, period } });
    }
  });

  it('follow a refund while the page is open, without losing the place', async () => {
    await page.getByRole('radio', { name: 'Today' }).check({ force: true });
    const sale = await saleToGiveBack();
    for (const section of sections) {
      await goTo(page, section);
      await expectViews(page, { section, chosen });
    }
    await goTo(page, 'overview');
    await page.getByLabel('Date', { exact: true }).focus();
    await page.evaluate('window.stillTheSame = true');
    const before = await cellOf(page, sale.category);

    await giveBack(sale);
    await until('the page shows the refund', shownMsMax, async () => {
      return (await cellOf(page, sale.category)) !== before;
    });
    await expectViews(page, { section: 'overview', chosen });
    const after = await cellOf(page, sale.category);
    expect(Number(before) - Number(after)).toBe(1);
    expect(await page.evaluate('window.stillTheSame')).toBe(true);
    expect(await page.locator('[role=status]').allTextContents()).toContain('Figures updated.');
    expect(await page.evaluate("document.activeElement.matches('input[type=date]')")).toBe(true);
    for (const section of sections) {
      await goTo(page, section);
      await expectViews(page, { section, chosen });
    }
  });

  it('say how far they go', async () => {
    const line = page.locator('.freshness');
    await until('the records are all in', shownMsMax, async () =>
      /^Complete up to .*\d\d:\d\d:\d\d, (no|\d+) late records? today$/.test(
        (await line.textContent()) ?? '',
      ),
    );
  });
});

const cellOf = async (page: Page, category: string): Promise<string | undefined> =>
  (await shownCards(page)).find(({ report }) => report === 'report_transactions_by_category')?.rows[
    category
  ]?.['transactions'];

interface SoldToday {
  readonly transaction_id: string;
  readonly member_id: string;
  readonly tenant_id: string;
  readonly category: string;
  readonly remaining: number;
}

/** The largest sale to a member on the chosen day of which all is left. */
async function saleToGiveBack(): Promise<SoldToday> {
  const [sale] = await system.rows<SoldToday>(`
    SELECT transaction_id, member_id, tenant_id, category, remaining FROM sales
    WHERE programme = '${chosen.programme}' AND business_day = '${chosen.asOf}'
      AND member_id IS NOT NULL AND remaining = amount
    ORDER BY remaining DESC, transaction_id LIMIT 1`);
  if (sale === undefined) throw new Error('the simulation has sold nothing');
  return sale;
}

async function giveBack(sale: SoldToday): Promise<void> {
  const [terminalId = '', businessDay = '', sequence] = sale.transaction_id.split('/');
  const refund = {
    programme: chosen.programme,
    terminalId: 'CONSOLE-1',
    businessDay: chosen.asOf,
    sequence: 1,
    type: 'refund',
    tenantId: sale.tenant_id,
    memberId: sale.member_id,
    amount: sale.remaining,
    currency: 'IDR',
    occurredAt: `${chosen.asOf}T21:55:00+07:00`,
    receivedAt: `${chosen.asOf}T21:55:02+07:00`,
    original: { terminalId, businessDay, sequence: Number(sequence) },
  };
  const answer = await fetch(`${system.gatewayUrl}/v1/transactions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${system.keys.import}`,
    },
    body: JSON.stringify(refund),
  });
  expect(answer.status, await answer.text()).toBe(202);
}

describe('a file', () => {
  it('has all of a report, whatever period is looked at', async () => {
    const context = await openContext();
    const page = await enter(context);
    const card = page.locator('[data-report=report_transactions_by_category]');
    const saved = page.waitForEvent('download');
    await card.getByRole('button', { name: /CSV/ }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe(
      'report_transactions_by_category-pacific-place-2014-12-03.csv',
    );
    const lines = readFileSync(await file.path(), 'utf8')
      .trimEnd()
      .split(/\r?\n/);
    const rows = await viewRows(system, { report: 'report_transactions_by_category', ...chosen });
    expect(lines[0]?.replaceAll('"', '')).toBe('\uFEFFperiod,category,transactions');
    expect(lines).toHaveLength(rows.length + 1);
    await context.close();
  });

  it('has the result of a statement, whose time and reading are shown', async () => {
    const context = await openContext();
    const page = await enter(context, address('sql'));
    await page
      .getByLabel('SQL statement')
      .fill("SELECT number AS n, 'a, b' AS text FROM numbers(3) ORDER BY n");
    await page.getByRole('button', { name: 'Run' }).click();
    const line = page.locator('[data-elapsed-ms]');
    expect(await line.textContent()).toMatch(/^3 rows in \d+ ms; [\d,]+ rows, .* MB read$/);
    expect(Number(await line.getAttribute('data-rows-read'))).toBe(3);
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as CSV' }).click();
    const text = readFileSync(await (await saved).path(), 'utf8');
    expect(text).toBe('\uFEFFn,text\r\n0,"a, b"\r\n1,"a, b"\r\n2,"a, b"\r\n');

    await page.getByLabel('SQL statement').fill('DROP TABLE semarak.tenant_days');
    await page.getByRole('button', { name: 'Run' }).click();
    await page.getByText('The statement failed.').waitFor();
    await context.close();
  });
});

describe('a page that has nothing to show', () => {
  it('says that it loads', async () => {
    const context = await openContext();
    let answer: () => void = () => undefined;
    const asking = new Promise<void>((resolve) => (answer = resolve));
    await context.route('**/v1/reports/**', async (route) => {
      await asking;
      await route.continue();
    });
    const page = await context.newPage();
    await page.goto(address('overview'));
    await page.locator('input[name=key]').fill(system.keys.analyst);
    await page.keyboard.press('Enter');
    await page.locator('[data-report][data-state=loading]').first().waitFor();
    expect(new Set((await shownCards(page)).map(({ state }) => state))).toEqual(
      new Set(['loading']),
    );
    answer();
    await settled(page);
    await context.close();
  });

  it('says so for each report', async () => {
    const context = await openContext();
    const page = await enter(context, address('overview', { ...chosen, asOf: '2013-01-01' }));
    const cards = await shownCards(page);
    expect(cards.filter(({ state }) => state === 'empty').length).toBeGreaterThan(4);
    await context.close();
  });

  it('says what failed, keeps the last figures, and comes back by itself', async () => {
    const context = await openContext();
    const page = await enter(context);
    // Of the tables: a chart is drawn a moment after its figures are there.
    const figures = async () =>
      (await shownCards(page)).map(({ report, state, rows }) => ({ report, state, rows }));
    const before = await figures();
    await page.route('**/v1/**', (route) => route.abort());
    await page.getByText('The figures are not being updated').waitFor({ timeout: shownMsMax });
    expect(await figures()).toEqual(before);
    await page.getByLabel('Date', { exact: true }).fill('2014-12-02');
    await page.reload();
    await page.getByText('The programmes cannot be read').or(page.getByRole('alert')).waitFor();
    await page.unroute('**/v1/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await settled(page);
    await expectViews(page, { section: 'overview', chosen: { ...chosen, asOf: '2014-12-02' } });
    await context.close();
  });
});

describe('a keyboard', () => {
  it('reaches and changes language, date, period, section and statement', async () => {
    const context = await openContext();
    const page = await enter(context);
    const tabTo = async (what: string): Promise<void> => {
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press('Tab');
        if (
          (await page.evaluate(`document.activeElement.matches(${JSON.stringify(what)})`)) === true
        )
          return;
      }
      throw new Error(`the key Tab does not reach ${what}`);
    };
    await tabTo('.skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('figures');

    await page.evaluate('document.activeElement.blur(); window.getSelection().removeAllRanges()');
    await page.reload();
    await settled(page);
    await tabTo('input[value=en]');
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: 'Ringkasan' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('id');
    await page.keyboard.press('ArrowLeft');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();

    await tabTo('input[type=date]');
    await page.keyboard.press('ArrowDown');
    await until('another day is shown', shownMsMax, () => !page.url().includes('2014-12-03'));
    await page.goto(address('overview'));
    await tabTo('input[value=today]');
    await page.keyboard.press('ArrowRight');
    await until('the month is shown', shownMsMax, () => page.url().includes('month_to_date'));

    await page.goto(address('sql'));
    await settled(page);
    await tabTo('textarea');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('SELECT 41 + 1 AS answer');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('cell', { name: '42' }).waitFor();
    await context.close();
  });
});

describe('axe, and nothing that does not fit', () => {
  it.each([
    { widths: [1_280, 1_081, 1_080, 390, 320], locale: 'en-GB' },
    { widths: [1_280], locale: 'id-ID' },
  ])('figures as large as they come stay in their places, $locale', async ({ widths, locale }) => {
    const context = await openContext({ locale });
    await context.route(/\/v1\/reports\/report_(points|tenants|new_members)\?/, async (route) => {
      const response = await route.fetch();
      if (response.status() !== 200) {
        // Not modified: what the page has was made large before.
        await route.fulfill({ response });
        return;
      }
      const answer = (await response.json()) as { rows: Record<string, unknown>[] };
      const largest = { outstanding: -98_765_432_109, new_members: 88_888_888_888 };
      const ofAll = { spend: 888_888_888_888_888, visits: 88_888_888_888 };
      const rows = answer.rows.map((row, index) => ({
        ...row,
        ...('tenant_id' in row ? (index < 9 ? ofAll : {}) : largest),
      }));
      await route.fulfill({ response, json: { ...answer, rows } });
    });
    const page = await enter(context);
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      const outside = await page.evaluate(
        "[...document.querySelectorAll('.highlights .value')].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)",
      );
      expect(outside, `at ${width} px`).toEqual([]);
      await page.screenshot({ path: join(pictures, `large-figures-${width}-${locale}.png`) });
    }
    await context.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  });

  it.each(['en-GB', 'id-ID'])('an earlier day fits into a phone, %s', async (locale) => {
    const context = await openContext({ locale });
    const page = await enter(context, address('overview', { ...chosen, asOf: '2014-12-01' }));
    await page.locator('.joined button').waitFor();
    for (const width of [641, 640, 390, 320]) {
      await page.setViewportSize({ width, height: 800 });
      // Charts follow a new width a moment later.
      await expect
        .poll(() => page.evaluate('document.documentElement.scrollWidth - innerWidth'))
        .toBe(0);
    }
    await context.close();
  });

  // Each pair of size, scheme and language is in one of them.
  it.each([
    { name: 'desktop', viewport: desktop, scheme: 'light', language: 'en' },
    { name: 'desktop', viewport: desktop, scheme: 'dark', language: 'id' },
    { name: 'phone', viewport: phone, scheme: 'light', language: 'id' },
    { name: 'phone', viewport: phone, scheme: 'dark', language: 'en' },
  ] as const)('$name, $scheme, $language', async ({ name, viewport, scheme, language }) => {
    const locale = language === 'id' ? 'id-ID' : 'en-GB';
    const context = await openContext({ viewport, colorScheme: scheme, locale });
    const page = await context.newPage();
    const look = async (view: string): Promise<void> => {
      // Opened once, as axe reads each cell.
      if (name === 'phone' && scheme === 'dark') await page.evaluate(tables('true'));
      expect(await findings(page), view).toEqual([]);
      await page.evaluate(tables('false'));
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
      const file = `${view}-${name}-${scheme}-${language}.png`;
      await page.screenshot({ path: join(pictures, file), fullPage: true });
    };
    await page.goto('/');
    await page.locator('input[name=key]').waitFor();
    await look('key');
    await page.locator('input[name=key]').fill(system.keys.analyst);
    await page.keyboard.press('Enter');
    await settled(page);
    for (const section of [...sections, 'sql']) {
      await page.goto(address(section, { ...chosen, period: 'month_to_date' }));
      await settled(page);
      if (section === 'sql') {
        await page.locator('button.main').click();
        await page.locator('[data-elapsed-ms]').waitFor();
      }
      await look(section);
    }
    await context.close();
  });
});

/** Opens or closes the tables under the charts. */
const tables = (open: 'true' | 'false'): string =>
  `document.querySelectorAll('details').forEach((one) => { one.open = ${open}; })`;

/** What axe finds against its rules, of whatever weight, each with the place where it is. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>(
    'axe.run(document, { resultTypes: ["violations"] })',
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`),
  );
}

describe('what the page asks for', () => {
  it('never leaves its origin, and nothing is refused by its policy', () => {
    const elsewhere = [...asked].filter(
      (url) => !url.startsWith(`${consoleUrl}/`) && !url.startsWith(`blob:${consoleUrl}/`),
    );
    expect(asked.size).toBeGreaterThan(20);
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
