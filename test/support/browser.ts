/** A Chromium on this machine for tests that drive the page. */
import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { hasTool } from './needs.ts';

const CANDIDATES = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Of the executable; undefined where there is none, or nothing that drives it. CHROMIUM_PATH names another one. */
export const browserPath = hasTool('playwright-core')
  ? CANDIDATES.find((path) => path !== undefined && existsSync(path))
  : undefined;
/** Set in CI, where tests that skip themselves would go unnoticed. */
export const isBrowserRequired = process.env.CI_REQUIRE_BROWSER === '1';

/** @throws Error when there is no browser */
export async function launchBrowser(): Promise<Browser> {
  if (browserPath === undefined)
    throw new Error('no Chromium found: install it, or name one in CHROMIUM_PATH');
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: browserPath,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
