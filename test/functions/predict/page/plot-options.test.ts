import { describe, expect, it } from 'vitest';
import { drawPlot, type LinePlot, layoutPlot } from '../../../../functions/plots/line-plot.ts';
import { applyOptions, smooth, zoomed } from '../../../../functions/predict/page/client/plot-options.ts';

const CURVE = { colour: 0, dashed: false, marker: 'circle' } as const;
const PLOT: LinePlot = {
  width: 400,
  height: 280,
  xLabel: 'epochs',
  yLabel: 'loss',
  xMax: 10,
  yMax: 100,
  curves: [
    {
      ...CURVE,
      points: [
        [0, 100],
        [2, 10],
        [4, 1],
        [6, 0],
        [8, 0.02],
        [10, 0.01],
      ],
    },
  ],
  legend: [],
};
const NONE = { smoothing: 0, isLog: false, range: undefined };

describe('smoothing', () => {
  it('is a moving average that begins at the first value, and goes past what is not finite', () => {
    expect(
      smooth(
        [
          [0, 4],
          [1, 8],
          [2, Number.NaN],
          [3, 0],
        ],
        0.5,
      ),
    ).toEqual([
      [0, 4],
      // (0.25 · 4 + 0.5 · 8) / 0.75
      [1, expect.closeTo(20 / 3, 12)],
      [2, Number.NaN],
      [3, expect.closeTo((0.125 * 4 + 0.25 * 8) / 0.875, 12)],
    ]);
    expect(smooth([[0, 4]], 0)).toEqual([[0, 4]]);
  });
});

describe('a range of epochs', () => {
  it('fits the height to what is shown, with the lines that lead through', () => {
    const { xMin, xMax, yMin, yMax, isPart } = applyOptions(PLOT, { ...NONE, range: [1.5, 4.5] });
    expect({ xMin, xMax, isPart }).toEqual({ xMin: 1.5, xMax: 4.5, isPart: true });
    expect([yMin, yMax]).toEqual([expect.closeTo(0.46, 6), expect.closeTo(10.54, 6)]);
    const between = applyOptions(PLOT, { ...NONE, range: [2.5, 3.5] });
    expect([between.yMin! <= 1, between.yMax >= 10]).toEqual([true, true]);
  });

  it('keeps the place that it comes closer to, and ends at both ends', () => {
    expect(zoomed(undefined, 0.5, [0, 10], 2)).toEqual([1, 6]);
    expect(zoomed([1, 6], 0.5, [0, 10])).toEqual([2.25, 4.75]);
    expect(zoomed([7, 10], 2, [0, 10])).toEqual([4, 10]);
    expect(zoomed([4, 10], 2, [0, 10])).toBeUndefined();
    const closest = zoomed([3, 3.001], 0.5, [0, 10])!;
    expect(closest[1] - closest[0]).toBeCloseTo(0.005, 9);
  });
});

describe('a logarithmic scale', () => {
  it('has equal distances for equal factors, and no place for 0', () => {
    const plot = applyOptions(PLOT, { ...NONE, isLog: true });
    const { y, place } = layoutPlot(plot);
    expect([y.min, y.max]).toEqual([0.01, 100]);
    const [a, b, c] = [100, 10, 1].map((height) => place([0, height])[1]);
    expect(b! - a!).toBeCloseTo(c! - b!, 6);
    // The curve is interrupted where it is 0: of two pieces, each is a line.
    const lines = drawPlot(plot, '', () => 'curve').match(/stroke-width="1.75"/g);
    expect(lines).toHaveLength(2);
    expect(applyOptions({ ...PLOT, yLabel: 'accuracy' }, { ...NONE, isLog: true }).isLog).toBeUndefined();
  });

  it('is the same when every value is', () => {
    const points = [
      [0, 3],
      [1, 3],
    ] as const;
    const plot = applyOptions({ ...PLOT, curves: [{ ...CURVE, points }] }, { ...NONE, isLog: true });
    const { min, max } = layoutPlot(plot).y;
    expect([min, max]).toEqual([2, 5]);
  });
});
