/** The page of an app that takes tokens, deployed so on the local cloud: it is public, and asks for one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PUBLIC_WITH_TOKENS, ROUTES } from '../../../../functions/contract/routes.ts';
import { LOCAL_SETTINGS, synthesize } from '../../../../scripts/build/synthesize.ts';
import { browserPath, isBrowserRequired, launchBrowser } from '../../../support/browser.ts';
import { startIssuer, type TestIssuer } from '../../../support/issuer.ts';
import { needs } from '../../../support/needs.ts';
import { TestCloud } from '../../../support/test-cloud.ts';
import { HANDS } from '../../support/digit-strokes.ts';
import { answerOf, drawByMouse } from '../../support/draw.ts';

const JOB = { iterations: 1500, chunkIterations: 1500, evaluateEvery: 1500, learningRate: 0.5 };
const ORIGIN = 'https://page.example';

let issuer: TestIssuer;
let app: TestCloud;
let folder: string;
beforeAll(async () => {
  issuer = await startIssuer();
  folder = mkdtempSync(join(tmpdir(), 'stepnet-tokens-'));
  const settings = {
    ...LOCAL_SETTINGS,
    auth: 'jwt',
    jwtIssuer: issuer.url,
    jwtAudience: 'page,other',
    jwtLogin: issuer.url,
    cors: ORIGIN,
  };
  const assembly = async () => (await synthesize(folder, settings)).assembly;
  app = new TestCloud({ hasMnist: true, assembly });
  await app.start();
  expect(await app.execute('stateMachine', 'first', JOB)).toMatchObject({ status: 'SUCCEEDED' });
});
afterAll(async () => {
  await app.close();
  await issuer.close();
  rmSync(folder, { recursive: true, force: true });
});

const token = (more: object = {}) =>
  issuer.token({ iss: issuer.url, aud: 'other', exp: Math.floor(Date.now() / 1000) + 600, ...more });
const withToken = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });

it('everybody gets the page and what says who may call, and nothing else', async () => {
  for (const { key, method, path } of ROUTES) {
    const { status } = await fetch(`${app.http}${path}`, { method });
    expect(status, key).toBe(PUBLIC_WITH_TOKENS.includes(key) ? 200 : 401);
  }
  expect((await fetch(`${app.http}/nowhere`)).status).toBe(401);
  const openapi = (await (await app.ask('/openapi.json')).json()) as { security: unknown };
  expect(openapi.security).toEqual([{ jwt: [] }]);
});

it('who has a token gets the data', async () => {
  const response = await fetch(`${app.http}/models`, withToken(token()));
  expect(await response.json()).toEqual({ models: [{ name: 'mnist', version: 1 }] });
  expect((await fetch(`${app.http}/models`, withToken(token({ aud: 'third' })))).status).toBe(401);
});

it('who has a token may change something where the setting says so', async () => {
  const promote = (value: string) =>
    fetch(`${app.http}/models/mnist/promote`, {
      method: 'POST',
      headers: { ...withToken(value).headers, 'content-type': 'application/json' },
      body: '{"version":1}',
    });
  expect((await promote(token({ aud: 'third' }))).status).toBe(401);
  const promoted = await promote(token());
  expect(await promoted.json()).toMatchObject({ version: 1, before: 1 });
});

it('pages of the other origin are asked no token for their question, and those elsewhere not invited', async () => {
  const asking = (origin: string) =>
    fetch(`${app.http}/predict?model=mnist`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
  const { status, headers } = await asking(ORIGIN);
  expect([status, headers.get('access-control-allow-origin')]).toEqual([204, ORIGIN]);
  expect(headers.get('access-control-allow-headers')).toContain('authorization');
  expect((await asking('https://other.example')).headers.get('access-control-allow-origin')).toBeNull();
  const answer = await fetch(`${app.http}/models`, {
    headers: { ...withToken(token()).headers, origin: ORIGIN },
  });
  expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
});

describe(
  'in a browser',
  needs(browserPath !== undefined || isBrowserRequired, 'no Chromium: set CHROMIUM_PATH'),
  () => {
    let browser: Browser;
    let context: BrowserContext;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser?.close());

    async function open(): Promise<Page> {
      // The issuer's certificate is its own.
      context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ignoreHTTPSErrors: true });
      const page = await context.newPage();
      page.setDefaultTimeout(120_000);
      await page.goto(`${app.http}/`);
      await page.getByRole('form', { name: 'This API asks for a token' }).waitFor();
      return page;
    }
    const stored = (page: Page) => page.evaluate<string | null>('sessionStorage.getItem("token")');

    it('says what is wrong with a token, and takes one by keyboard alone', async () => {
      const page = await open();
      const field = page.getByLabel('Token', { exact: true });
      await field.focus();
      await page.keyboard.type(token({ exp: 1 }));
      await page.keyboard.press('Enter');
      await page.getByRole('alert').getByText('the token has expired').waitFor();
      await field.focus();
      await page.keyboard.insertText(`Bearer ${token()}`);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByRole('form').waitFor({ state: 'hidden' });
      await drawByMouse(page, HANDS[0][7]!);
      expect(await answerOf(page)).toBe('7');
      expect(page.url()).not.toContain('ey');
      await page.getByText('authorization: Bearer $TOKEN').waitFor();
      // Whose token is taken may start runs here, too.
      await page.getByRole('link', { name: 'Train' }).click();
      await page.getByLabel('name', { exact: true }).fill('with-token');
      await page.getByLabel('iterations', { exact: true }).fill('20');
      await page.getByRole('button', { name: 'Start', exact: true }).click();
      await page.getByText('with-token has succeeded').waitFor();
      await page.getByRole('link', { name: 'Draw' }).click();
      // Of this tab only, and until it is told to forget.
      await page.reload();
      await page.getByRole('link', { name: 'Model' }).click();
      await page.getByRole('heading', { name: 'mnist, version 1' }).waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('form').waitFor();
      expect(await stored(page)).toBeNull();
      await context.close();
    });

    it('signs in elsewhere and comes back, with nothing left in the address', async () => {
      const page = await open();
      const before = issuer.asked.length;
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      expect(page.url()).toBe(`${app.http}/`);
      const [authorize, exchange] = issuer.asked.slice(before);
      const { searchParams } = new URL(authorize!, issuer.url);
      expect(Object.fromEntries(searchParams)).toMatchObject({
        response_type: 'code',
        client_id: 'page',
        redirect_uri: `${app.http}/`,
        code_challenge_method: 'S256',
      });
      expect(exchange).toBe('/oauth2/token');
      await drawByMouse(page, HANDS[0][3]!);
      expect(await answerOf(page)).toBe('3');
      expect(await page.getByRole('form').isVisible()).toBe(false);
      await context.close();
    });

    it('takes no answer that this tab did not ask for', async () => {
      const page = await open();
      await page.goto(`${app.http}/?code=code-9&state=of-another`);
      await page.getByRole('alert').getByText('not the answer to a question of this tab').waitFor();
      expect(page.url()).toBe(`${app.http}/`);
      expect(await stored(page)).toBeNull();
      await context.close();
    });
  },
);
