/** The page with networks of pictures: their layers, the filters of the first one, and what these see. */
import { beforeAll, describe, expect, it } from 'vitest';
import { featureMaps } from '../../../../core/model/feature-maps.ts';
import { decodeCheckpoint } from '../../../../core/training/checkpoint.ts';
import { drawShape, pngOf, SHAPES } from '../../../../scripts/lab/generate/shape-pictures.ts';
import { useCloud } from '../../../support/test-cloud.ts';
import { HANDS } from '../../support/digit-strokes.ts';
import { answerOf, drawByMouse, probabilitiesOf } from '../../support/draw.ts';
import { DESKTOP, needsBrowser, PHONE, usePages } from '../../support/page-browser.ts';
import { DIGITS_JOB } from '../../support/page-jobs.ts';
import { dropping, pixelsIn, SHAPES_FORM, uploadShapes } from '../../support/page-pictures.ts';

/** Of digits: 7 filters, so that nothing of it is as large as anything else. */
const DIGITS = {
  hidden: [
    { conv: 7, kernel: [3, 4], padding: 'same' },
    { maxPool: 2 },
    { dropout: 0.1 },
    { conv: 5, kernel: 3, stride: 2, activation: 'sigmoid' },
    20,
  ],
  ...{ activation: 'relu', weightInit: { kind: 'he' }, optimizer: 'momentum', learningRate: 0.05 },
  ...{ batchSize: 20, iterations: 300, promotion: 'always', model: 'digits' },
};

describe('the page with a network of pictures', needsBrowser, () => {
  const app = useCloud({ hasMnist: true });
  const { open, photographInLooks, complaints } = usePages(app);

  beforeAll(async () => {
    const shapes = { ...(await uploadShapes(app.store)), model: 'shapes' };
    const jobs = {
      dense: DIGITS_JOB,
      digits: DIGITS,
      shapes: { ...shapes, hidden: [{ conv: 6, kernel: 5, padding: 'same' }, { averagePool: 4 }, 12] },
    };
    const executions = Object.entries(jobs).map(([name, job]) => app.execute('stateMachine', name, job));
    for (const execution of await Promise.all(executions)) {
      expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    }
  });

  /** What serves. */
  async function networkOf(model: string, version?: number) {
    const query = version === undefined ? '' : `?version=${version}`;
    const response = await app.ask(`/models/${model}/weights${query}`);
    return decodeCheckpoint(new Uint8Array(await response.arrayBuffer()));
  }

  it('shows each layer with what it gives and how much it has learned', async () => {
    const page = await open('#model/digits', { viewport: DESKTOP });
    const table = page.locator('table.layers');
    await table.waitFor();
    const cells = (await table.locator('tr').allInnerTexts()).map((text) =>
      text
        .split(/\t|\n/)
        .map((cell) => cell.replaceAll('\u00a0', ' ').trim())
        .filter(Boolean),
    );
    const meaning = expect.any(String);
    expect(cells).toEqual([
      ['Layer', 'Gives', 'Function', 'Parameters'],
      ['Picture', '28 × 28 × 1'],
      [
        'Convolution, 7 filters of 3 × 4, zeros around the picture',
        meaning,
        ...['28 × 28 × 7', 'relu', String(3 * 4 * 7 + 7)],
      ],
      ['Max pooling, 2 × 2', meaning, '14 × 14 × 7'],
      ['Dropout of 10 %', meaning, '14 × 14 × 7'],
      ['Convolution, 5 filters of 3 × 3, 2 × 2 apart', '6 × 6 × 5', 'sigmoid', String(3 * 3 * 7 * 5 + 5)],
      ['Dense, 20 units', meaning, '20', 'relu', '3,620'],
      ['Dense, 10 units', '10', 'softmax', '210'],
      ['In all', String(91 + 320 + 3620 + 210).replace(/(?=\d{3}$)/, ',')],
    ]);
  });

  it('shows its filters to one scale, which a legend tells', async () => {
    const page = await open('#model/digits', { viewport: DESKTOP });
    await page.getByRole('heading', { name: 'Filters of the first layer' }).waitFor();
    const pictures = page.getByRole('img', { name: /^Weights of filter/ });
    expect(await pictures.count()).toBe(7);
    const { layers } = await networkOf('digits');
    const { weights } = layers[0]!;
    const peak = Math.max(...weights.map(Math.abs));
    await page.getByRole('img', { name: `to blue, ${Number(peak.toPrecision(3))}` }).waitFor();
    for (const filter of [0, 6]) {
      const own = weights.filter((_, at) => at % 7 === filter);
      const label = (await pictures.nth(filter).getAttribute('aria-label'))!;
      expect(label).toBe(
        `Weights of filter ${filter}, from ${short(Math.min(...own))} to ${short(Math.max(...own))}`,
      );
      const seen = await page.evaluate<number[]>(pixelsIn(label));
      expect(await pictures.nth(filter).getAttribute('width')).toBe('4');
      own.forEach((weight, place) => {
        const [red, , blue, alpha] = seen.slice(4 * place) as [number, number, number, number];
        expect(Math.abs(alpha - (255 * Math.abs(weight)) / peak)).toBeLessThanOrEqual(1);
        // What is faint has no colour to speak of.
        if (alpha > 40) expect(blue > red).toBe(weight > 0);
      });
    }
    await photographInLooks(page, 'pictures-model', { viewport: DESKTOP });
  });

  it('shows what each filter sees of the drawing, while it changes, online and offline alike', async () => {
    const page = await open('#draw/digits', { viewport: DESKTOP });
    const maps = page.getByRole('img', { name: /^Map of filter/ });
    await page.getByRole('heading', { name: 'What the first layer sees', exact: true }).waitFor();
    expect([await page.getByRole('img', { name: /^Weights of filter/ }).count(), await maps.count()]).toEqual(
      [7, 0],
    );
    const network = await networkOf('digits');
    const drawn = async (digit: number) => {
      await page.getByRole('button', { name: 'Clear' }).click();
      await drawByMouse(page, HANDS[0][digit]!);
      await answerOf(page);
      await page.getByRole('heading', { name: 'What the first layer sees of the drawing' }).waitFor();
      const ink = await page.evaluate<number[]>(pixelsIn('The drawing as 28 by 28 pixels'));
      const pixels = ink.filter((_, at) => at % 4 === 3);
      const labels = await maps.evaluateAll((all) => all.map((each) => each.ariaLabel!));
      expect(labels).toEqual(expectedMaps(network, pixels));
      const { shape, values } = featureMaps(
        network,
        Float32Array.from(pixels, (pixel) => pixel / 255),
      )!;
      const peak = Math.max(...values);
      const alphas = (await page.evaluate<number[]>(pixelsIn(labels[1]!))).filter((_, at) => at % 4 === 3);
      expect(alphas).toHaveLength(shape[0] * shape[1]);
      alphas.forEach((alpha, at) => {
        expect(Math.abs(alpha - (255 * values[at * shape[2] + 1]!) / peak)).toBeLessThanOrEqual(1);
      });
      const reasons = await page.locator('#reasons canvas').getAttribute('aria-label');
      return {
        labels,
        probabilities: await probabilitiesOf(page),
        reasons: await page.evaluate<number[]>(pixelsIn(reasons!)),
      };
    };
    const online = [await drawn(4), await drawn(7)];
    expect(online[0]!.labels).not.toEqual(online[1]!.labels);
    await photographInLooks(page, 'pictures-draw', { viewport: DESKTOP });
    await page.getByLabel('Offline mode').check();
    await page.locator('#answer').getByText('in this browser').waitFor();
    await page.context().setOffline(true);
    expect([await drawn(4), await drawn(7)]).toEqual(online);
    await page.context().setOffline(false);
    await page.getByRole('button', { name: 'Clear' }).click();
    await page.getByText('The answer follows your pen.').waitFor();
    expect(await maps.count()).toBe(0);
    // A network without convolutions has no filters.
    await page.locator('#models').selectOption('mnist');
    await page.getByRole('heading', { name: 'What the first layer sees' }).waitFor({ state: 'detached' });
  });

  it('shows the filters of the version that answers', async () => {
    const page = await open('#draw/digits', { viewport: PHONE });
    await page.getByRole('heading', { name: 'What the first layer sees' }).waitFor();
    expect(await app.execute('stateMachine', 'next', { ...DIGITS, iterations: 5, seed: 3 })).toMatchObject({
      status: 'SUCCEEDED',
    });
    const { layers } = await networkOf('digits', 2);
    const own = layers[0]!.weights.filter((_, at) => at % 7 === 2);
    const label = `Weights of filter 2, from ${short(Math.min(...own))} to ${short(Math.max(...own))}`;
    expect(await page.getByRole('img', { name: label }).count()).toBe(0);
    await drawByMouse(page, HANDS[0][3]!);
    await page.getByText('digits version 2').waitFor();
    await page.getByRole('img', { name: label }).waitFor();
  });

  it('shows coloured filters, and of dropped pictures why they are what they are and their maps', async () => {
    const page = await open('#draw/shapes', { viewport: DESKTOP });
    await page.getByRole('img', { name: 'Weights of filter 5' }).waitFor();
    const { layers, architecture } = await networkOf('shapes');
    const { weights } = layers[0]!;
    const peak = Math.max(...weights.map(Math.abs));
    const label = await page.getByRole('img', { name: 'Weights of filter 5' }).getAttribute('aria-label');
    const seen = await page.evaluate<number[]>(pixelsIn(label!));
    const levels = weights.filter((_, at) => at % 6 === 5).map((weight) => 127.5 * (1 + weight / peak));
    const shown = seen.filter((_, at) => at % 4 < 3);
    expect(shown).toHaveLength(5 * 5 * 3);
    shown.forEach((level, at) => {
      expect(Math.abs(level - levels[at]!)).toBeLessThanOrEqual(1);
    });
    const files = Object.fromEntries(
      SHAPES.slice(0, 2).map((shape, row) => [`${shape}.png`, pngOf(drawShape(shape, 200 + row, 2))]),
    );
    await page.evaluate(dropping(files));
    await page.getByRole('heading', { name: '2 pictures' }).waitFor();
    for (const [shape, button] of [
      [SHAPES[0]!, undefined],
      [SHAPES[1]!, `Show the maps of ${SHAPES[1]}.png`],
    ] as const) {
      if (button !== undefined) await page.getByRole('button', { name: button }).click();
      const { height, width } = SHAPES_FORM;
      await page.getByRole('heading', { name: `What the first layer sees of ${shape}.png` }).waitFor();
      const picture = await page.evaluate<number[]>(pixelsIn(`${shape}.png as ${width} by ${height} pixels`));
      const pixels = picture.filter((_, at) => at % 4 < 3);
      const maps = page.getByRole('img', { name: /^Map of filter/ });
      const labels = await maps.evaluateAll((all) => all.map((each) => each.ariaLabel!));
      expect(labels).toEqual(expectedMaps({ layers, architecture }, pixels));
      const reasons = await page.evaluate<number[]>(
        pixelsIn(`What speaks for and against the answer in ${shape}.png`),
      );
      expect(reasons).toHaveLength(height * width * 4);
      expect(new Set(reasons).size).toBeGreaterThan(20);
    }
    await photographInLooks(page, 'pictures-coloured', { viewport: DESKTOP });
    await page.goto('about:blank');
  });

  it('has left no complaint on any console', () => {
    expect(complaints).toEqual([]);
  });
});

const short = (value: number) => Number(value.toPrecision(3));

/** Labels of the maps that the network's own first convolution gives. */
function expectedMaps(network: Parameters<typeof featureMaps>[0], pixels: readonly number[]): string[] {
  const { shape, values } = featureMaps(
    network,
    Float32Array.from(pixels, (pixel) => pixel / 255),
  )!;
  const [, width, filters] = shape;
  return Array.from({ length: filters }, (_, filter) => {
    const map = [...values].filter((_, at) => at % filters === filter);
    const most = Math.max(...map);
    const at = map.indexOf(most);
    const place = `in row ${Math.floor(at / width) + 1} and column ${(at % width) + 1}`;
    return `Map of filter ${filter}: at most ${short(most)}, ${place}`;
  });
}
