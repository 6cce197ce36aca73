/** The page in a browser, against the whole app on the local cloud: drawn on, uploaded to, watched and photographed. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseIdx } from '../../../core/ingest/idx.ts';
import { KEYS } from '../../../functions/contract/keys.ts';
import { houseRows, houseSchema } from '../../../scripts/lab/generate/csv-tables.ts';
import { browserPath, isBrowserRequired, launchBrowser } from '../../support/browser.ts';
import { FIRST_ROWS, mnistFiles } from '../../support/mnist.ts';
import { howMany, needs } from '../../support/needs.ts';
import { useCloud } from '../../support/test-cloud.ts';
import { HANDS, type Stroke } from '../support/digit-strokes.ts';
import { answerOf, drawByMouse, padOf } from '../support/draw.ts';

const SCREENSHOTS = join(import.meta.dirname, '../../../.stepnet-screenshots');
const FIRST = { iterations: 1500, chunkIterations: 1500, evaluateEvery: 1500, learningRate: 0.5 };
/** Many short chunks: there is time to watch it. */
const SECOND = {
  iterations: 1000,
  // It is the worse one.
  promotion: 'always',
  chunkIterations: 25,
  evaluateEvery: 100,
  learningRate: 0.1,
  seed: 1,
  maxDollars: 1,
  maxSeconds: 3600,
};
/** Of the ten digits, as many as are drawn by each hand. */
const EACH = howMany(3, 10);
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1440, height: 900 };

const hasBrowser = browserPath !== undefined || isBrowserRequired;

describe('the page', needs(hasBrowser, 'no Chromium: set CHROMIUM_PATH'), () => {
  const app = useCloud({ hasMnist: true });
  let browser: Browser;
  /** What a browser's console must not show; each with the page's size and scheme. */
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
    rmSync(SCREENSHOTS, { recursive: true, force: true });
    mkdirSync(SCREENSHOTS);
  });
  afterAll(async () => {
    await browser?.close();
  });

  type Options = { viewport: typeof PHONE; colorScheme?: 'light' | 'dark' };
  /** One for each look: a window costs more than what most tests do in it. */
  const pages = new Map<string, Page>();
  async function pageOf({ viewport, colorScheme = 'light' }: Options): Promise<Page> {
    const look = `${viewport.width} ${colorScheme}`;
    const known = pages.get(look);
    if (known !== undefined) return known;
    const isPhone = viewport === PHONE;
    const context = await browser.newContext({ viewport, colorScheme, hasTouch: isPhone, isMobile: isPhone });
    const page = await context.newPage();
    pages.set(look, page);
    page.setDefaultTimeout(120_000);
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
  async function open(hash: string, options: Options): Promise<Page> {
    const page = await pageOf(options);
    // Another part of the same address alone would not load it anew.
    await page.goto('about:blank');
    await page.goto(`${app.http}/${hash}`);
    return page;
  }
  const getJson = async (path: string) => (await app.ask(`/${path}`)).json();

  it('says that there is no model yet, and why it cannot answer', async () => {
    const page = await open('#model', { viewport: PHONE });
    await page.getByText('No model has been promoted yet').waitFor();
    await page.goto(`${app.http}/#runs`);
    await page.getByText('There are no runs yet.').waitFor();
    await page.goto(`${app.http}/#draw`);
    expect(complaints).toEqual([]);
    await drawByMouse(page, HANDS[0][1]!);
    await page.getByRole('alert').getByText('no version of mnist has been promoted yet').waitFor();
    // Left first: an answer may still be on its way.
    await page.goto('about:blank');
    // The browser itself reports an answer of 503 on the console, and nothing else.
    expect(complaints.splice(0).filter((complaint) => !complaint.includes('status of 503'))).toEqual([]);

    expect(await app.execute('stateMachine', 'first', FIRST)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it(`knows nine of ten digits, ${EACH} drawn by mouse and ${EACH} by touch by another hand`, async () => {
    const answers: string[] = [];
    for (const [hand, viewport, draw] of [
      [HANDS[0], DESKTOP, drawByMouse],
      [HANDS[1], PHONE, drawByTouch],
    ] as const) {
      const page = await open('#draw', { viewport });
      for (const strokes of hand.slice(-EACH)) {
        await page.getByRole('button', { name: 'Clear' }).click();
        await draw(page, strokes);
        answers.push(await answerOf(page));
      }
    }
    const right = answers.filter((answer, index) => answer === String(10 - EACH + (index % EACH)));
    const drawn = `drawn ${10 - EACH} to 9 twice, answered ${answers.join(' ')}`;
    expect(right.length, drawn).toBeGreaterThanOrEqual(0.9 * 2 * EACH);
  });

  it('answers while the pen is still down, and takes back strokes', async () => {
    const page = await open('#draw', { viewport: DESKTOP });
    const { x, y, width, height } = await padOf(page);
    await page.mouse.move(x + width / 2, y + 0.15 * height);
    await page.mouse.down();
    // A touch of the pen is a dot, which is ink already.
    expect(await answerOf(page)).toMatch(/\d/);
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.mouse.move(x + width / 2, y + 0.8 * height, { steps: 8 });
    await page.getByText('This is a 1').waitFor();
    await page.mouse.up();
    await drawByMouse(page, [
      [
        [0.1, 0.1],
        [0.9, 0.1],
      ],
    ]);
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await answerOf(page)).toBe('1');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The answer follows your pen.').waitFor();
  });

  it('can be drawn on by keyboard alone', async () => {
    const page = await open('#draw', { viewport: DESKTOP });
    await page.locator('#pad').focus();
    await pressAll(page, [...repeat('Shift+ArrowUp', 4), 'Space', ...repeat('Shift+ArrowDown', 8), 'Space']);
    await page.keyboard.press('ArrowLeft');
    expect(await answerOf(page)).toBe('1');
    await page.keyboard.press('Delete');
    await page.getByText('The answer follows your pen.').waitFor();
  });

  it('reads an uploaded image as the API does', async () => {
    const page = await open('#draw', { viewport: DESKTOP });
    const image = parseIdx(mnistFiles().testImages).data.subarray(0, 784);
    // Ten times as large and dark on light, as a scan would be.
    const data = Uint8Array.from({ length: 280 * 280 }, (_, at) => {
      const [row, column] = [Math.floor(at / 280), at % 280];
      return 255 - image[Math.floor(row / 10) * 28 + Math.floor(column / 10)]!;
    });
    const buffer = Buffer.from(encode({ width: 280, height: 280, data, channels: 1 }));
    await page.setInputFiles('#image', { name: 'seven.png', mimeType: 'image/png', buffer });
    await page.getByText('This is a 7').waitFor();
    const response = await fetch(`${app.http}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: buffer,
    });
    expect(await probabilitiesOf(page)).toEqual(
      ((await response.json()) as Answer).probabilities.map(String),
    );
    const text = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no image') };
    await page.setInputFiles('#image', text);
    await page.getByRole('alert').getByText('notes.txt: expected an image').waitFor();
  });

  it('answers without the network in offline mode, with the very same probabilities and reasons', async () => {
    const page = await open('#draw', { viewport: PHONE });
    const pixelsOf = (canvas: unknown) => [(canvas as { toDataURL(): string }).toDataURL()];
    const drawAll = async () => {
      const all: string[][] = [];
      for (const digit of [5, 8]) {
        await page.getByRole('button', { name: 'Clear' }).click();
        await drawByTouch(page, HANDS[0][digit]!);
        await answerOf(page);
        all.push(await probabilitiesOf(page), await page.locator('#reasons canvas').evaluate(pixelsOf));
      }
      return all;
    };
    const online = await drawAll();
    await page.getByLabel('Offline mode').check();
    await page.locator('#answer').getByText('in this browser').waitFor();
    await page.context().setOffline(true);
    expect(await drawAll()).toEqual(online);
    expect(new Set(online.flat()).size).toBeGreaterThan(10);
    await page.context().setOffline(false);
  });

  it('shows a run grow while it trains, and lays two over each other', async () => {
    // Open before there is anything of the run to see: the view finds it by itself.
    const page = await open('#runs', { viewport: DESKTOP });
    await page.getByRole('checkbox', { name: /first/, checked: true }).waitFor();
    let isRunning = true;
    const run = app.execute('stateMachine', 'second', SECOND).finally(() => {
      isRunning = false;
    });
    await vi.waitFor(
      async () => {
        const { runs } = (await getJson('runs')) as { runs: { runId: string }[] };
        expect(runs[0]?.runId).toBe('second');
      },
      { timeout: 150_000 },
    );
    // Coming back to the view makes it look at once.
    await page.getByRole('link', { name: 'Model' }).click();
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByRole('checkbox', { name: /second/, checked: true }).waitFor();
    const points = async () =>
      (await page.locator('#accuracy-plot polyline.s0').first().getAttribute('points'))?.split(' ').length ??
      0;
    const seen = new Set<number>();
    await vi.waitFor(
      async () => {
        const count = await points();
        if (isRunning) seen.add(count);
        expect(count).toBe(SECOND.iterations / SECOND.evaluateEvery + 1);
      },
      { timeout: 150_000, interval: 100 },
    );
    expect(seen.size, `numbers of points seen while it ran: ${[...seen]}`).toBeGreaterThanOrEqual(2);
    expect(await run).toMatchObject({ status: 'SUCCEEDED' });

    await page.getByRole('checkbox', { name: /first/ }).check();
    const rows = page.locator('#run-figures tbody tr');
    await rows.nth(1).waitFor();
    expect(await rows.count()).toBe(2);
    const coloured = (classes: string) => page.locator(`#accuracy-plot polyline.${classes}`).count();
    // Each run's two curves have its colour; the legend explains dashes and markers without one.
    expect([await coloured('s0'), await coloured('s1')]).toEqual([2, 2]);
    const { metrics } = (await getJson('runs/first')) as { metrics: { testAccuracy: number | null }[] };
    const last = metrics.findLast(({ testAccuracy }) => testAccuracy !== null)!.testAccuracy!;
    // What is used of the caps, for the run that has them.
    await rows
      .filter({ hasText: 'second' })
      .getByText(/^\$0\.\d+ of \$1\.0000$/)
      .waitFor();
    await rows
      .filter({ hasText: 'second' })
      .getByText(/^[\d.,]+ s of 3,600 s$/)
      .waitFor();
    await rows
      .filter({ hasText: 'first' })
      .getByText(`${(last * 100).toFixed(2)} %`)
      .waitFor();
  });

  it('lays those runs over each other whose ids begin alike, as those of a sweep do', async () => {
    const page = await open('#runs', { viewport: DESKTOP });
    const store = app.store;
    const status = await store.get(KEYS.status('first'));
    for (const id of ['tried-0000', 'tried-0001']) await store.createImmutable(KEYS.status(id), status!.body);
    const search = page.getByLabel('Ids that begin with');
    await search.fill('tried-');
    await page.getByRole('checkbox', { name: /tried-0000/, checked: true }).waitFor();
    await page.getByRole('checkbox', { name: /tried-0001/, checked: true }).waitFor();
    expect(await page.locator('#run-list li').count()).toBe(2);
    await page.locator('#run-figures tbody tr').nth(1).waitFor();
    expect(await page.locator('#run-figures tbody tr').count()).toBe(2);
    await search.fill('none');
    await page.getByText('No run has an id that begins so.').waitFor();
    await search.fill('');
    await page.getByRole('checkbox', { name: /first/ }).waitFor();
    for (const id of ['tried-0000', 'tried-0001']) await store.delete(KEYS.status(id));
  });

  it('shows the model: lineage, confusion matrix, worst mistakes and first layer', async () => {
    const page = await open('#model', { viewport: DESKTOP });
    await page.getByRole('heading', { name: 'mnist, version 2' }).waitFor();
    const report = (await getJson('models/mnist/report')) as Report;
    const { checkpoint, runId } = report.lineage;
    await page.getByText(checkpoint.sha256).waitFor();
    await page.getByText(`${runId}, step 1,000`).waitFor();
    const counts = (await page.locator('.confusion tbody td').allTextContents()).map(Number);
    expect(counts).toEqual(report.evaluation.confusion.flat());
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(FIRST_ROWS.test);
    const pictures = (label: string) => page.getByRole('img', { name: label }).count();
    expect(await pictures('Test image')).toBe(report.evaluation.mistakes.length);
    expect(await pictures('Weights of unit')).toBe(50);
  });

  const looks = [
    { width: 390, viewport: PHONE, colorScheme: 'dark' },
    { width: 1440, viewport: DESKTOP, colorScheme: 'light' },
    { width: 390, viewport: PHONE, colorScheme: 'light' },
    { width: 1440, viewport: DESKTOP, colorScheme: 'dark' },
  ] as const;
  it.each(looks.slice(0, howMany(2, 4)))(
    'fits $width pixels in the $colorScheme scheme',
    async ({ viewport, colorScheme }) => {
      const page = await open('#draw', { viewport, colorScheme });
      const photograph = async (view: string) => {
        const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        expect(overflow, view).toBeLessThanOrEqual(0);
        await page.screenshot({
          path: join(SCREENSHOTS, `${view}-${viewport.width}-${colorScheme}.png`),
          fullPage: true,
        });
      };
      await drawByMouse(page, HANDS[0][3]!);
      await answerOf(page);
      await photograph('draw');
      await page.getByRole('link', { name: 'Runs' }).click();
      await page.getByRole('checkbox', { name: /first/ }).check();
      await page.locator('#run-figures tbody tr').nth(1).waitFor();
      await photograph('runs');
      await page.getByRole('link', { name: 'Model' }).click();
      await page.getByRole('heading', { name: 'First layer' }).waitFor();
      await photograph('model');
    },
  );

  it('says of a model of a table that it takes no drawings, and shows the rest of it', async () => {
    const upload = async (name: string, first: number, rows: number) => {
      const key = `imports/houses/${name}`;
      const text = [...houseRows('classification', first, rows, 1)].join('');
      await app.store.createImmutable(key, Buffer.from(text));
      return [{ key }];
    };
    const dataset = {
      name: 'houses',
      format: 'csv',
      train: await upload('train.csv', 0, 500),
      test: await upload('test.csv', 500, 100),
      ...houseSchema('classification'),
    };
    const config = { dataset, layers: [10, 8, 3], iterations: 100, batchSize: 50, model: 'houses' };
    expect(await app.execute('stateMachine', 'houses', config)).toMatchObject({ status: 'SUCCEEDED' });

    const page = await open('#draw', { viewport: DESKTOP });
    await page.locator('#models').selectOption('houses');
    await page
      .getByRole('status')
      .getByText('houses takes rows of 5 columns, and not 28 × 28 pixels')
      .waitFor();
    await page.getByRole('link', { name: 'Model', exact: true }).click();
    await page.getByRole('heading', { name: 'houses, version 1' }).waitFor();
    await page.getByRole('table').filter({ hasText: 'middling' }).first().waitFor();
  });

  it('has left no complaint on any console', () => {
    expect(complaints).toEqual([]);
  });
});

interface Answer {
  probabilities: number[];
}
interface Report {
  lineage: { runId: string; checkpoint: { sha256: string } };
  evaluation: { confusion: number[][]; mistakes: unknown[] };
}

async function drawByTouch(page: Page, strokes: readonly Stroke[]): Promise<void> {
  const { x, y, width, height } = await padOf(page);
  const session = await page.context().newCDPSession(page);
  for (const stroke of strokes) {
    const [first, ...rest] = stroke.map(([px, py]) => ({ x: x + px * width, y: y + py * height }));
    const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: { x: number; y: number }[]) =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints });
    await send('touchStart', [first!]);
    for (const point of rest) await send('touchMove', [point]);
    await send('touchEnd', []);
  }
  await session.detach();
}

/** All digits of each class' probability. */
async function probabilitiesOf(page: Page): Promise<string[]> {
  await page.locator('#answer[aria-busy="false"]').waitFor();
  return page
    .locator('#bars .share')
    .evaluateAll((shares) => shares.map((share) => share.getAttribute('title')!));
}

async function pressAll(page: Page, keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

const repeat = (key: string, times: number): string[] => Array.from({ length: times }, () => key);
