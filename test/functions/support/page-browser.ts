/** The page of a local cloud in a Chromium, at several sizes and in both schemes, with what its console complains of. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { browserPath, isBrowserRequired, launchBrowser } from '../../support/browser.ts';
import { needs } from '../../support/needs.ts';

const SCREENSHOTS = join(import.meta.dirname, '../../../.stepnet-screenshots');
export const PHONE = { width: 390, height: 844 };
export const TABLET = { width: 768, height: 1024 };
export const DESKTOP = { width: 1440, height: 900 };

export interface Look {
  viewport: typeof PHONE;
  colorScheme?: 'light' | 'dark';
}

/** Each size in both schemes. */
export const LOOKS: readonly Look[] = [PHONE, TABLET, DESKTOP].flatMap((viewport) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ viewport, colorScheme })),
);

export const needsBrowser = needs(
  browserPath !== undefined || isBrowserRequired,
  'no Chromium: set CHROMIUM_PATH',
);

/**
 * What keeps people from using what is shown now, each with the elements that it is about: WCAG 2.2 at level AA, and what
 * axe recommends beyond it.
 */
async function axeFindings(page: Page): Promise<string[]> {
  const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
  await page.evaluate(`globalThis.axe ?? (() => { ${axe} })()`);
  return page.evaluate<
    string[]
  >(`axe.run().then(({ violations }) => violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => id + ': ' + help + ': ' + target + ' ' + failureSummary)))`);
}

/** How far what was shown has moved by itself since the page was loaded: the sum of the scores of all layout shifts. */
export function layoutShift(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => { for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) sum += value; })
      .observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => resolve(sum), 100);
  })`);
}

/** Buttons and fields that are lower or narrower than a fingertip, 40 CSS pixels; a switch's label counts with it. */
async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate<
    string[]
  >(`[...document.querySelectorAll('button, select, summary, nav a, input, textarea')]
    .filter((element) => element.checkVisibility())
    .map((element) => [element, (element.closest('label') ?? element).getBoundingClientRect()])
    .filter(([element, { width, height }]) => height < 39.5 || width < 39.5)
    .map(([element, { width, height }]) => element.outerHTML.slice(0, 120) + ' ' + width + ' × ' + height)`);
}

/** Before all tests of a group a browser is started. */
export function usePages(app: { readonly http: string }) {
  let browser: Browser;
  /** What a browser's console must not show; each with the page's size and scheme. */
  const complaints: string[] = [];
  /** One for each look: a window costs more than what most tests do in it. */
  const pages = new Map<string, Page>();

  beforeAll(async () => {
    browser = await launchBrowser();
    mkdirSync(SCREENSHOTS, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
  });

  async function pageOf({ viewport, colorScheme = 'light' }: Look): Promise<Page> {
    const look = `${viewport.width} ${colorScheme}`;
    const known = pages.get(look);
    if (known !== undefined) return known;
    const isPhone = viewport === PHONE;
    const context = await browser.newContext({
      viewport,
      colorScheme,
      hasTouch: isPhone,
      isMobile: isPhone,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    pages.set(look, page);
    page.setDefaultTimeout(60_000);
    const note = (what: string) => complaints.push(`${look} ${page.url()}: ${what}`);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') note(message.text());
    });
    page.on('pageerror', (error) => note(String(error)));
    page.on('requestfailed', (request) => {
      // What a page was just asking for when it was left is cut off, which is no complaint.
      const reason = request.failure()?.errorText;
      if (reason !== 'net::ERR_ABORTED') note(`${request.url()} ${reason}`);
    });
    return page;
  }

  /** Checks that it is no wider than the window, that axe finds nothing, and where fingers are used that they hit it, too. */
  async function photograph(
    page: Page,
    name: string,
    { viewport, colorScheme = 'light' }: Look,
  ): Promise<void> {
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(overflow, name).toBeLessThanOrEqual(0);
    expect(await axeFindings(page), name).toEqual([]);
    const areFingers = await page.evaluate<boolean>("matchMedia('(pointer: coarse)').matches");
    if (viewport === PHONE && areFingers) expect(await smallTargets(page), name).toEqual([]);
    const file = `${name}-${viewport.width}-${colorScheme}.png`;
    await page.screenshot({ path: join(SCREENSHOTS, file), fullPage: true });
  }

  return {
    complaints,
    async open(hash: string, look: Look): Promise<Page> {
      const page = await pageOf(look);
      // Another part of the same address alone would not load it anew.
      await page.goto('about:blank');
      await page.goto(`${app.http}/${hash}`);
      return page;
    },
    photograph,
    /** The same of a state that takes long to reach, in every look; then it is as it was opened again. */
    async photographInLooks(page: Page, name: string, opened: Look): Promise<void> {
      const show = async ({ viewport, colorScheme = 'light' }: Look) => {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        // Plots are drawn anew for their new width.
        await page.evaluate(
          'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
        );
      };
      for (const look of LOOKS) {
        await show(look);
        await photograph(page, name, look);
      }
      await show(opened);
    },
  };
}

/** What the curl answers that the page's button copies. */
export async function curled(page: Page): Promise<unknown> {
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const command = await page.evaluate<string>('navigator.clipboard.readText()');
  const { stdout } = await promisify(execFile)('sh', ['-c', command]);
  return JSON.parse(stdout);
}
