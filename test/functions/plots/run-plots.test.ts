import { describe, expect, it } from 'vitest';
import { drawPlot, type LinePlot } from '../../../functions/plots/line-plot.ts';
import {
  evaluationPlot,
  lossPlot,
  type PlottedRun,
  predictionPlot,
} from '../../../functions/plots/run-plots.ts';

const FRAME = { width: 400, height: 300 };
const NO_LOSSES = { trainLoss: null, testLoss: null };
const RUN: PlottedRun = {
  metrics: [
    { epoch: 0, loss: null, trainAccuracy: 0.1, testAccuracy: 0.12, ...NO_LOSSES },
    { epoch: 0.5, loss: 2, trainAccuracy: null, testAccuracy: null, ...NO_LOSSES },
    { epoch: 1, loss: 1.5, trainAccuracy: 0.9, testAccuracy: 0.88, ...NO_LOSSES },
  ],
  epochs: 2,
  colour: 3,
};

const drawn = (plot: LinePlot) => drawPlot(plot, '', (stroke, fill) => `colour="${stroke ?? fill}"`);
/** Attributes of the elements with this name, and the text in each. */
const elements = (plot: LinePlot, name: string) =>
  [...drawn(plot).matchAll(new RegExp(`<${name} ([^>]*)>([^<]*)`, 'g'))].map(([, attributes, text]) => ({
    ...Object.fromEntries(
      [...attributes!.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value!]),
    ),
    text: text!,
  })) as (Record<string, string> & { text: string })[];
const lines = (plot: LinePlot) =>
  elements(plot, 'polyline').map(({ points, colour, ...rest }) => ({
    colour,
    isCurve: rest['stroke-width'] !== '1',
    dash: rest['stroke-dasharray'],
    points: points!.split(' ').flatMap((point) => (point === '' ? [] : [point.split(',').map(Number)])),
  }));
/** Lines but for grid, axes and a legend in ink. */
const curves = (plot: LinePlot) => lines(plot).filter(({ colour, isCurve }) => isCurve && colour !== 'ink');
const texts = (plot: LinePlot) => elements(plot, 'text').map(({ text }) => text);
const yOf = (plot: LinePlot, tick: string) =>
  Number(elements(plot, 'text').find((each) => each.text === tick && each['text-anchor'] === 'end')!.y) - 4;

describe('evaluationPlot', () => {
  const scene = evaluationPlot([RUN], FRAME);

  it('has y from 0 to 1, and x as far as the run will go, also while it is not there yet', () => {
    const labels = texts(scene);
    expect(labels.filter((label) => /^[01]\.\d$/.test(label)).sort()).toEqual(
      expect.arrayContaining(['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']),
    );
    const ends = elements(scene, 'text').filter(({ text }) => text === '2' || text === '2.0');
    expect(ends.map(({ x }) => Number(x))).toEqual([FRAME.width - 14]);
    expect(labels).toEqual(expect.arrayContaining(['epochs', 'accuracy']));
  });

  it('draws each accuracy at its height, and leaves out checkpoints without one', () => {
    const [train, test] = curves(scene);
    const heightOf = (share: number) => yOf(scene, '0.0') + (yOf(scene, '1.0') - yOf(scene, '0.0')) * share;
    expect(train!.points.map(([, y]) => y)).toEqual([0.1, 0.9].map((a) => expect.closeTo(heightOf(a), 1)));
    expect(test!.points.map(([, y]) => y)).toEqual([0.12, 0.88].map((a) => expect.closeTo(heightOf(a), 1)));
    expect(train!.points[1]![0]).toBeCloseTo((train!.points[0]![0]! + FRAME.width - 14) / 2, 1);
  });

  it('tells the curves apart by colour, dashes and markers, in the legend at the lower right', () => {
    const [train, test] = curves(scene);
    expect([train!.colour, test!.colour]).toEqual(['0', '1']);
    expect([train!.dash, test!.dash]).toEqual([undefined, '6 4']);
    const box = elements(scene, 'rect').find(({ rx }) => rx !== undefined)!;
    expect(Number(box.x)).toBeGreaterThan(FRAME.width / 2);
    expect(Number(box.y)).toBeGreaterThan(FRAME.height / 2);
    const legend = elements(scene, 'text').filter(({ text }) => text.endsWith(' acc'));
    expect(legend.map(({ text }) => text)).toEqual(['train acc', 'test acc']);
    for (const { x, y } of legend) expect(Number(x) > Number(box.x) && Number(y) > Number(box.y)).toBe(true);
  });

  it('of regressions alone shows the losses on training and test data, up to the largest', () => {
    const metrics = [
      { epoch: 0, loss: null, trainAccuracy: null, testAccuracy: null, trainLoss: 4, testLoss: 5 },
      { epoch: 1, loss: 1, trainAccuracy: null, testAccuracy: null, trainLoss: 1, testLoss: 2 },
    ];
    const losses = evaluationPlot([{ ...RUN, metrics }], FRAME);
    expect(texts(losses)).toEqual(expect.arrayContaining(['loss', 'train loss', 'test loss', '5']));
    expect(texts(losses)).not.toContain('accuracy');
    const [train, test] = curves(losses);
    const bottom = yOf(losses, '0');
    const heightOf = (loss: number) => bottom + ((yOf(losses, '5') - bottom) * loss) / 5;
    expect(train!.points.map(([, y]) => y)).toEqual([4, 1].map((loss) => expect.closeTo(heightOf(loss), 1)));
    expect(test!.points.map(([, y]) => y)).toEqual([5, 2].map((loss) => expect.closeTo(heightOf(loss), 1)));
    // Beside a classification they have nothing to show.
    expect(texts(evaluationPlot([RUN, { ...RUN, metrics }], FRAME))).toContain('accuracy');
  });

  it('gives each of several runs its own colour', () => {
    const both = evaluationPlot([RUN, { ...RUN, colour: 5, epochs: 4 }], FRAME);
    expect(curves(both).map(({ colour }) => colour)).toEqual(['3', '3', '5', '5']);
    const legend = lines(both).filter(({ colour }) => colour === 'ink');
    expect(legend.map(({ dash }) => dash)).toEqual([undefined, '6 4']);
  });

  it('leaves out markers that would touch each other, and no point of the line', () => {
    const many = Array.from({ length: 200 }, (_, i) => ({ ...RUN.metrics[0]!, epoch: i / 100 }));
    const dense = evaluationPlot([{ ...RUN, metrics: many }], FRAME);
    expect(curves(dense)[0]!.points).toHaveLength(200);
    const xs = elements(dense, 'circle').map(({ cx }) => Number(cx));
    // The last is the legend's.
    const gaps = xs.slice(1, -1).map((x, i) => x - xs[i]!);
    expect(gaps.length).toBeGreaterThan(20);
    expect(Math.min(...gaps)).toBeGreaterThan(6);
  });

  it('is a frame without curves for a run that has no evaluation yet', () => {
    const empty = evaluationPlot([{ ...RUN, metrics: [], epochs: 0 }], FRAME);
    expect(curves(empty).flatMap(({ points }) => points)).toHaveLength(2 * 2);
    expect(drawn(empty)).not.toMatch(/null|NaN/);
  });
});

describe('predictionPlot', () => {
  it('has a dot for each sample and the diagonal, on axes that reach from the least to the largest, also below 0', () => {
    const scene = predictionPlot(
      [
        [-20, -10],
        [40, 40],
      ],
      FRAME,
    );
    const labels = texts(scene);
    expect(labels).toEqual(expect.arrayContaining(['target', 'prediction', '-20', '0', '40']));
    const [diagonal] = curves(scene);
    const dots = elements(scene, 'circle').map(({ cx, cy }) => [Number(cx), Number(cy)]);
    expect(dots).toHaveLength(2);
    // The second is right, and so at the diagonal's end; the first is too high.
    expect(dots[1]).toEqual(diagonal!.points[1]);
    expect(dots[0]![0]).toBe(diagonal!.points[0]![0]);
    expect(dots[0]![1]).toBeLessThan(diagonal!.points[0]![1]!);
  });

  it('has room for the ticks of large numbers', () => {
    const labels = texts(
      predictionPlot(
        [
          [-50_000, 0],
          [350_000, 300_000],
        ],
        FRAME,
      ),
    );
    expect(labels).toEqual(expect.arrayContaining(['-100K', '0', '400K']));
    expect(labels.filter((label) => label.length > 6)).toEqual(['prediction']);
  });

  it.each([[[]], [[[3, 3]] as const], [[[0, 0]] as const]])('has axes for %j, too', (samples) => {
    expect(drawn(predictionPlot(samples, FRAME))).not.toMatch(/null|NaN/);
  });
});

it('lossPlot reaches up to the highest loss, and interrupts the line where one is not finite', () => {
  const broken = [{ epoch: 2, loss: Number.NaN, trainAccuracy: null, testAccuracy: null, ...NO_LOSSES }];
  const scene = lossPlot([{ ...RUN, metrics: [...RUN.metrics, ...broken] }], FRAME);
  expect(texts(scene)).toContain('2.0');
  expect(curves(scene).flatMap(({ points }) => points)).toHaveLength(2);
});

it('drawPlot escapes what it is given', () => {
  const plot = evaluationPlot([RUN], { ...FRAME, title: '<a href="x">&' });
  const svg = drawPlot(plot, `"'<&>`, () => '');
  expect(svg).toContain('>&#60;a href=&#34;x&#34;&#62;&#38;</text>');
  expect(svg).toContain('aria-label="&#34;&#39;&#60;&#38;&#62;"');
});
