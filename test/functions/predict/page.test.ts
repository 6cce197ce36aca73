/** The page in a browser, against the whole app on the local cloud: drawn on, uploaded to, watched and photographed. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { encode } from 'fast-png';
import type { Page } from 'playwright-core';
import { describe, expect, it, vi } from 'vitest';
import { parseIdx } from '../../../core/ingest/idx.ts';
import { houseRows, houseSchema } from '../../../scripts/lab/generate/csv-tables.ts';
import { FIRST_ROWS, mnistFiles } from '../../support/mnist.ts';
import { howMany } from '../../support/needs.ts';
import { useCloud } from '../../support/test-cloud.ts';
import { HANDS, type Stroke } from '../support/digit-strokes.ts';
import { answerOf, drawByMouse, padOf } from '../support/draw.ts';
import { DESKTOP, needsBrowser, PHONE, TABLET, usePages } from '../support/page-browser.ts';

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

describe('the page', needsBrowser, () => {
  const app = useCloud({ hasMnist: true });
  const { open, photograph, complaints } = usePages(app);
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

  it('reads several pictures that are dropped on it, online and offline alike, and names those that are none', async () => {
    const page = await open('#draw', { viewport: DESKTOP });
    const { data: images } = parseIdx(mnistFiles().testImages);
    const files = [0, 1, 2].map((index) => {
      const data = images.slice(index * 784, (index + 1) * 784);
      return { name: `digit-${index}.png`, bytes: [...encode({ width: 28, height: 28, data, channels: 1 })] };
    });
    const drop = () =>
      page.evaluate(
        `(files => {
          const dropped = new DataTransfer();
          for (const { name, bytes } of files) dropped.items.add(new File([new Uint8Array(bytes)], name));
          const target = document.querySelector('#pad');
          for (const type of ['dragover', 'drop']) target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: dropped }));
        })(${JSON.stringify([...files, { name: 'notes.txt', bytes: [78, 111] }])})`,
      );
    await drop();
    const rows = page.locator('#picture-results tbody tr');
    await rows.nth(3).waitFor();
    const online = await rows.allTextContents();
    // MNIST's test set begins so.
    expect(online.slice(0, 3)).toEqual(
      [7, 2, 1].map((digit, index) => expect.stringMatching(`^digit-${index}\\.png${digit}`)),
    );
    expect(online[3]).toContain('expected an image that this browser can read');
    await drawByMouse(page, HANDS[0][1]!);
    await page.getByLabel('Offline mode').check();
    await page.locator('#answer').getByText('in this browser').waitFor();
    await page.context().setOffline(true);
    await page.locator('#picture-results').evaluate((place) => place.replaceChildren());
    await drop();
    await rows.nth(3).waitFor();
    expect(await rows.allTextContents()).toEqual(online);
    await page.context().setOffline(false);
  });

  it('shows a curl of what is drawn, which answers the same as it is copied', async () => {
    const page = await open('#draw', { viewport: DESKTOP });
    expect(await curled(page)).toEqual(await getJson('models'));
    await drawByMouse(page, HANDS[0][5]!);
    await answerOf(page);
    const { probabilities } = (await curled(page)) as Answer;
    expect(await probabilitiesOf(page)).toEqual(probabilities.map(String));
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
    const rows = page.locator('#run-table tbody tr');
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
      .getByText(/^[\d.]+ s of 1 h 0 min$/)
      .waitFor();
    await rows
      .filter({ hasText: 'first' })
      .getByText(`${(last * 100).toFixed(2)} %`)
      .waitFor();
  });

  it('shows the model: lineage, confusion matrix, worst mistakes and first layer', async () => {
    const page = await open('#model', { viewport: DESKTOP });
    await page.getByRole('heading', { name: 'mnist, version 2' }).waitFor();
    const report = (await getJson('models/mnist/report')) as Report;
    const { checkpoint, runId } = report.lineage;
    await page.getByText(checkpoint.sha256).waitFor();
    await page.getByText(`${runId}, step 1,000`).waitFor();
    // Its address is one to keep: the run, and the version.
    await page.getByRole('link', { name: 'version 1', exact: true }).click();
    await page.getByRole('heading', { name: 'mnist, version 1' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'mnist, version 1' }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'mnist, version 2' }).waitFor();
    const counts = (await page.locator('.confusion tbody td').allTextContents()).map(Number);
    expect(counts).toEqual(report.evaluation.confusion.flat());
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(FIRST_ROWS.test);
    // Of the digit 3, counted here from the matrix.
    const { confusion } = report.evaluation;
    const said = confusion.reduce((sum, row) => sum + row[3]!, 0);
    const are = confusion[3]!.reduce((sum, count) => sum + count, 0);
    const shares = [confusion[3]![3]! / said, confusion[3]![3]! / are].map(
      (share) => `${(share * 100).toFixed(2)} %`,
    );
    const cells = await page.locator('.classes tbody tr').nth(3).getByRole('cell').allTextContents();
    expect([cells[0], cells[1], cells[3]]).toEqual([...shares, String(are)]);
    await page.locator('.classes').getByRole('row', { name: 'macro average' }).waitFor();
    const pictures = (label: string) => page.getByRole('img', { name: label }).count();
    expect(await pictures('Test image')).toBe(report.evaluation.mistakes.length);
    expect(await pictures('Weights of unit')).toBe(50);
  });

  const looks = [
    { viewport: PHONE, colorScheme: 'dark' },
    { viewport: DESKTOP, colorScheme: 'light' },
    { viewport: TABLET, colorScheme: 'dark' },
    { viewport: PHONE, colorScheme: 'light' },
    { viewport: DESKTOP, colorScheme: 'dark' },
    { viewport: TABLET, colorScheme: 'light' },
  ] as const;
  it.each(looks.slice(0, howMany(3, 6)))(
    'fits $viewport.width pixels in the $colorScheme scheme',
    async (look) => {
      const page = await open('#draw', look);
      await drawByMouse(page, HANDS[0][3]!);
      await answerOf(page);
      await photograph(page, 'draw', look);
      await page.getByRole('link', { name: 'Runs' }).click();
      await page.getByRole('checkbox', { name: /first/ }).check();
      await page.locator('#accuracy-legend').getByText('first').waitFor();
      await photograph(page, 'runs', look);
      await page.getByRole('link', { name: 'Model', exact: true }).click();
      await page.getByRole('heading', { name: 'First layer' }).waitFor();
      expect(Math.min(...(await contrasts(page, '.confusion tbody td')))).toBeGreaterThanOrEqual(4.5);
      await photograph(page, 'model', look);
    },
  );

  it('asks a model of a table by a form, with what its training set had, and tells the same as the API', async () => {
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
    await page.getByText('houses takes rows of 5 columns.').waitFor();
    expect(page.url()).toMatch(/#draw\/houses$/);
    const { columns } = (await getJson('models/houses')) as { columns: { min: number; max: number }[] };
    await page.getByText(`${columns[1]!.min} to ${columns[1]!.max}`).waitFor();
    expect(await page.locator('#pad').isVisible()).toBe(false);
    await page.getByLabel('area', { exact: true }).fill('191.5');
    await page.getByLabel('age', { exact: true }).fill('3');
    await page.getByLabel('rooms', { exact: true }).fill('6');
    await page.getByLabel('district', { exact: true }).selectOption({ index: 1 });
    const district = await page.getByLabel('district', { exact: true }).inputValue();
    await page.getByLabel('heating', { exact: true }).focus();
    await page.keyboard.press('End');
    const heating = await page.getByLabel('heating', { exact: true }).inputValue();
    await page.getByRole('button', { name: 'Predict' }).focus();
    await page.keyboard.press('Enter');
    const row = { area: 191.5, age: 3, rooms: 6, district, heating };
    const said = (await (await app.ask('/predict?model=houses', { rows: [row] })).json()) as Rows;
    const { className, probabilities, class: best } = said.predictions[0]!;
    await page.getByText(`${className}, ${(probabilities[best]! * 100).toFixed(2)} %`).waitFor();
    expect(await curled(page)).toEqual(said);
    await photograph(page, 'rows', { viewport: DESKTOP });
    await page.getByLabel('age', { exact: true }).fill('');
    await page.getByRole('button', { name: 'Predict' }).click();
    await page.getByRole('alert').getByText('column "age"').waitFor();
    expect(complaints.splice(0).filter((complaint) => !complaint.includes('status of 422'))).toEqual([]);
    await page.reload();
    await page.getByText('houses takes rows of 5 columns.').waitFor();

    for (const look of [{ viewport: PHONE, colorScheme: 'dark' }, { viewport: TABLET }] as const) {
      const other = await open('#draw/houses', look);
      await other.getByRole('button', { name: 'Predict' }).click();
      await other.getByRole('rowheader', { name: 'middling' }).waitFor();
      await photograph(other, 'rows', look);
    }

    // Another model of pictures has its pad again.
    await page.locator('#models').selectOption('mnist');
    await page.locator('#pad').waitFor();
    await page.locator('#models').selectOption('houses');
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
interface Rows {
  predictions: { class: number; className: string; probabilities: number[] }[];
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

/** What the curl answers that the page's button copies. */
async function curled(page: Page): Promise<unknown> {
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const command = await page.evaluate<string>('navigator.clipboard.readText()');
  const { stdout } = await promisify(execFile)('sh', ['-c', command]);
  return JSON.parse(stdout);
}

/** All digits of each class' probability. */
async function probabilitiesOf(page: Page): Promise<string[]> {
  await page.locator('#answer[aria-busy="false"]').waitFor();
  return page
    .locator('#bars .share')
    .evaluateAll((shares) => shares.map((share) => share.getAttribute('title')!));
}

/** Contrast of text and ground, as WCAG 2 computes it. */
async function contrasts(page: Page, cells: string): Promise<number[]> {
  const colours = await page.locator(cells).evaluateAll((all) =>
    all.map((cell) => {
      const style = (
        globalThis as unknown as { getComputedStyle(of: unknown): { color: string; backgroundColor: string } }
      ).getComputedStyle(cell);
      return [style.color, style.backgroundColor];
    }),
  );
  /** `rgb(1, 2, 3)` or, where colours were mixed, `color(srgb 0.1 0.2 0.3)`. */
  const luminance = (colour: string) => {
    const parts = colour
      .match(/[\d.]+/g)!
      .slice(0, 3)
      .map(Number);
    const shares = colour.startsWith('color') ? parts : parts.map((part) => part / 255);
    const [r, g, b] = shares.map((share) =>
      share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  return colours.map((pair) => {
    const [low, high] = pair.map(luminance).toSorted((a, b) => a - b);
    return (high! + 0.05) / (low! + 0.05);
  });
}

async function pressAll(page: Page, keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

const repeat = (key: string, times: number): string[] => Array.from({ length: times }, () => key);
