/** The page of a local cloud in a Chromium, at several sizes and in both schemes, with what its console complains of. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
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

export const needsBrowser = needs(
  browserPath !== undefined || isBrowserRequired,
  'no Chromium: set CHROMIUM_PATH',
);

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

  return {
    complaints,
    async open(hash: string, look: Look): Promise<Page> {
      const page = await pageOf(look);
      // Another part of the same address alone would not load it anew.
      await page.goto('about:blank');
      await page.goto(`${app.http}/${hash}`);
      return page;
    },
    /** Checks that it is no wider than the window, too. */
    async photograph(page: Page, name: string, { viewport, colorScheme = 'light' }: Look): Promise<void> {
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(overflow, name).toBeLessThanOrEqual(0);
      const file = `${name}-${viewport.width}-${colorScheme}.png`;
      await page.screenshot({ path: join(SCREENSHOTS, file), fullPage: true });
    },
  };
}
