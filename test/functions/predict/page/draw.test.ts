/** The page's drawing area in a browser, against the whole app on the local cloud: drawn on, uploaded to, asked offline. */
import { encode } from 'fast-png';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseIdx } from '../../../../core/ingest/idx.ts';
import { mnistFiles } from '../../../support/mnist.ts';
import { howMany } from '../../../support/needs.ts';
import { useCloud } from '../../../support/test-cloud.ts';
import { HANDS } from '../../support/digit-strokes.ts';
import { answerOf, drawByMouse, drawByTouch, padOf, probabilitiesOf } from '../../support/draw.ts';
import { curled, DESKTOP, needsBrowser, PHONE, usePages } from '../../support/page-browser.ts';
import { DIGITS_JOB } from '../../support/page-jobs.ts';

/** Of the ten digits, as many as are drawn by each hand. */
const EACH = howMany(3, 10);

describe("the page's drawing area", needsBrowser, () => {
  const app = useCloud({ hasMnist: true });
  const { open, complaints } = usePages(app);
  const getJson = async (path: string) => (await app.ask(`/${path}`)).json();

  beforeAll(async () => {
    expect(await app.execute('stateMachine', 'first', DIGITS_JOB)).toMatchObject({ status: 'SUCCEEDED' });
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

  it('has left no complaint on any console', () => {
    expect(complaints).toEqual([]);
  });
});

interface Answer {
  probabilities: number[];
}

async function pressAll(page: Page, keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

const repeat = (key: string, times: number): string[] => Array.from({ length: times }, () => key);
