/** Chapter 7: windows as rows, convolutions against their definition, and every gradient against central differences. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numericalGradient } from '../../../core/math/numerical-gradient.ts';
import { fillNormal } from '../../../core/random/streams.ts';
import { Convolution } from '../../../core/textbook/convolution.ts';
import { FeatureMaps, type MapShape } from '../../../core/textbook/feature-maps.ts';
import { col2im, im2col, placesAlong, type Window } from '../../../core/textbook/im2col.ts';
import { Matrix } from '../../../core/textbook/matrix.ts';
import { Pooling } from '../../../core/textbook/pooling.ts';

function normal(length: number, seed: number): Float64Array {
  const values = new Float32Array(length);
  fillNormal(values, 1, seed, 200, 0);
  return Float64Array.from(values);
}
const mapsOf = (count: number, shape: MapShape, seed: number) =>
  new FeatureMaps(count, shape, normal(count * shape[0] * shape[1] * shape[2], seed));
const inner = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Relative, of the whole gradient. */
function expectEqualGradients(analytic: Float64Array, numerical: Float64Array): void {
  expect(Math.hypot(...analytic)).toBeGreaterThan(1e-5);
  const difference = Math.hypot(...analytic.map((value, i) => value - numerical[i]!));
  expect(difference).toBeLessThan(1e-6 * Math.hypot(...analytic));
}

/** Shapes and windows that fit them, all sides different. */
const cases = fc
  .record({
    count: fc.integer({ min: 1, max: 3 }),
    channels: fc.integer({ min: 1, max: 4 }),
    height: fc.integer({ min: 1, max: 7 }),
    width: fc.integer({ min: 1, max: 7 }),
    stride: fc.integer({ min: 1, max: 3 }),
    pad: fc.integer({ min: 0, max: 2 }),
    seed: fc.integer({ min: 0, max: 1e6 }),
  })
  .chain((sizes) =>
    fc.record({
      ...{ sizes: fc.constant(sizes), filters: fc.integer({ min: 1, max: 4 }) },
      windowHeight: fc.integer({ min: 1, max: sizes.height + 2 * sizes.pad }),
      windowWidth: fc.integer({ min: 1, max: sizes.width + 2 * sizes.pad }),
    }),
  )
  .map(({ sizes, filters, windowHeight, windowWidth }) => ({
    ...{ count: sizes.count, filters, seed: sizes.seed },
    shape: [sizes.channels, sizes.height, sizes.width] as MapShape,
    window: { height: windowHeight, width: windowWidth, stride: sizes.stride, pad: sizes.pad },
  }));

describe('im2col', () => {
  it("has the book's shapes: pictures of 3×7×7 under a window of 5×5", () => {
    const one = im2col(new FeatureMaps(1, [3, 7, 7]), { height: 5, width: 5 });
    expect([one.rows, one.columns]).toEqual([9, 75]);
    const ten = im2col(new FeatureMaps(10, [3, 7, 7]), { height: 5, width: 5, stride: 1, pad: 0 });
    expect([ten.rows, ten.columns]).toEqual([90, 75]);
    expect(placesAlong(28, 5)).toBe(24);
    expect(placesAlong(7, 3, 2)).toBe(3);
    expect(placesAlong(4, 3, 1, 1)).toBe(4);
  });

  it('has a row for each place, with 0 where the window sees the padding', () => {
    const x = new FeatureMaps(1, [2, 2, 3], Float64Array.of(1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60));
    const rows = (m: Matrix) => Array.from({ length: m.rows }, (_, n) => [...m.row(n)]);
    expect(rows(im2col(x, { height: 2, width: 2 }))).toEqual([
      [1, 2, 4, 5, 10, 20, 40, 50],
      [2, 3, 5, 6, 20, 30, 50, 60],
    ]);
    expect(rows(im2col(x, { height: 2, width: 2, stride: 2, pad: 1 }))).toEqual([
      [0, 0, 0, 1, 0, 0, 0, 10],
      [0, 0, 2, 3, 0, 0, 20, 30],
      [0, 4, 0, 0, 0, 40, 0, 0],
      [5, 6, 0, 0, 50, 60, 0, 0],
    ]);
  });

  it('has col2im as its transpose: ⟨im2col(x), c⟩ = ⟨x, col2im(c)⟩', () => {
    fc.assert(
      fc.property(cases, ({ count, shape, window, seed }) => {
        const x = mapsOf(count, shape, seed);
        const col = im2col(x, window);
        const c = new Matrix(col.rows, col.columns, normal(col.data.length, seed + 1));
        expect(inner(col.data, c.data)).toBeCloseTo(inner(x.data, col2im(c, count, shape, window).data), 9);
      }),
    );
  });

  it('says which window does not fit', () => {
    expect(() => im2col(new FeatureMaps(1, [1, 4, 9]), { height: 5, width: 5 })).toThrow(
      'window: got 5 of a side of 4 with pad 0, expected it to fit',
    );
    expect(() => new FeatureMaps(2, [3, 4, 5], new Float64Array(119))).toThrow(
      'feature maps: got 119 values, expected 2 × 3 × 4 × 5',
    );
  });
});

/** By its definition: y[n, f, row, column] = b_f + Σ_{c, i, j} x[n, c, row·stride + i - pad, …]·w[f, c, i, j]. */
function convolved(
  x: FeatureMaps,
  { W, b }: { W: Matrix; b: Float64Array },
  window: Required<Window>,
): number[] {
  const [channels, height, width] = x.shape;
  const { stride, pad } = window;
  const rows = placesAlong(height, window.height, stride, pad);
  const columns = placesAlong(width, window.width, stride, pad);
  const y: number[] = [];
  for (let n = 0; n < x.count; n++) {
    for (let f = 0; f < b.length; f++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          let sum = 0;
          for (let c = 0; c < channels; c++) {
            for (let i = 0; i < window.height; i++) {
              for (let j = 0; j < window.width; j++) {
                const [v, u] = [row * stride + i - pad, column * stride + j - pad];
                if (v < 0 || v >= height || u < 0 || u >= width) continue;
                const weight = ((c * window.height + i) * window.width + j) * b.length + f;
                sum += x.data[((n * channels + c) * height + v) * width + u]! * W.data[weight]!;
              }
            }
          }
          y.push(sum + b[f]!);
        }
      }
    }
  }
  return y;
}

const convolutionOf = ({
  shape,
  window,
  filters,
  seed,
}: {
  shape: MapShape;
  window: Window;
  filters: number;
  seed: number;
}) => {
  const inputs = shape[0] * window.height * window.width;
  const W = new Matrix(inputs, filters, normal(inputs * filters, seed + 2));
  return new Convolution({ W, b: normal(filters, seed + 3) }, window);
};

describe('Convolution', () => {
  it('is what its definition says', () => {
    fc.assert(
      fc.property(cases, (made) => {
        const x = mapsOf(made.count, made.shape, made.seed);
        const layer = convolutionOf(made);
        const y = layer.forward(x);
        const expected = convolved(x, layer.filters, made.window);
        expect(y.data.length).toBe(expected.length);
        y.data.forEach((value, i) => {
          expect(value).toBeCloseTo(expected[i]!, 9);
        });
      }),
    );
  });

  it('passes its gradient checks: filters, biases and input', () => {
    fc.assert(
      fc.property(cases, (made) => {
        const x = mapsOf(made.count, made.shape, made.seed);
        const layer = convolutionOf(made);
        const y = layer.forward(x);
        // The loss is a weighted sum, of which dy is the derivative.
        const dy = new FeatureMaps(y.count, y.shape, normal(y.data.length, made.seed + 4));
        const loss = () => inner(layer.forward(x).data, dy.data);
        const { filters, dx } = layer.backward(x, dy);
        const bySize = (g: Float64Array, n: Float64Array) =>
          expect(Math.hypot(...g.map((value, i) => value - n[i]!))).toBeLessThan(
            1e-6 * (1 + Math.hypot(...g)),
          );
        bySize(filters.W.data, numericalGradient(loss, layer.filters.W.data));
        bySize(filters.b, numericalGradient(loss, layer.filters.b));
        bySize(dx.data, numericalGradient(loss, x.data));
      }),
      { numRuns: 40 },
    );
  });

  it('wants a bias for each filter', () => {
    expect(
      () => new Convolution({ W: new Matrix(9, 4), b: new Float64Array(3) }, { height: 3, width: 3 }),
    ).toThrow('b: got 3 values, expected 4');
  });
});

describe('Pooling', () => {
  it('takes the largest of each place and channel, and gives its derivative to the first of them', () => {
    const x = new FeatureMaps(
      1,
      [2, 2, 4],
      Float64Array.of(1, 5, 2, 2, 3, 4, 2, 1, -1, -2, -3, -4, -5, -6, -7, 0),
    );
    const pool = new Pooling({ height: 2, width: 2, stride: 2 });
    expect([...pool.forward(x).data]).toEqual([5, 2, -1, 0]);
    const dy = new FeatureMaps(1, [2, 1, 2], Float64Array.of(10, 20, 30, 40));
    expect([...pool.backward(x, dy).data]).toEqual([0, 10, 20, 0, 0, 0, 0, 0, 30, 0, 0, 0, 0, 0, 0, 40]);
  });

  it.each([
    { height: 2, width: 3, stride: 2 },
    // Windows that overlap.
    { height: 3, width: 2, stride: 1 },
    { height: 2, width: 2 },
  ])('passes its gradient check (%j)', (window) => {
    const x = mapsOf(2, [3, 6, 7], 5);
    const pool = new Pooling(window);
    const y = pool.forward(x);
    const dy = new FeatureMaps(y.count, y.shape, normal(y.data.length, 6));
    const loss = () => inner(pool.forward(x).data, dy.data);
    expectEqualGradients(pool.backward(x, dy).data, numericalGradient(loss, x.data, 1e-6));
  });
});
