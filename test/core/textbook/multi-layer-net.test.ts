import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../core/errors.ts';
import { Matrix } from '../../../core/textbook/matrix.ts';
import { type Affine, MultiLayerNet } from '../../../core/textbook/multi-layer-net.ts';
import { classifier, regression } from '../architectures.ts';
import { KINDS, randomCase } from '../model/random-network.ts';

/** Distance between a layer's parameters moved by numericalGradient. */
const H = 1e-4;
const norm = (values: readonly number[]) => Math.hypot(...values);
const flatten = ({ W, b }: Affine) => [...W.data, ...b];

/**
 * Whether moving each of a layer's parameters by ±H switches a unit of ReLU or step on or off. There the loss has a
 * kink or a jump between the two points of a central difference, which then says nothing about the derivative.
 */
function switchesUnits(net: MultiLayerNet, { W, b }: Affine, x: Matrix): boolean[] {
  const active = () => {
    const hidden = net.forward(x).slice(1, -1);
    return hidden.map((a) => a.data.map((value) => (value > 0 ? 1 : 0)).join('')).join();
  };
  return [W.data, b].flatMap((parameters) =>
    Array.from(parameters, (value, i) => {
      parameters[i] = value + H;
      const above = active();
      parameters[i] = value - H;
      const below = active();
      parameters[i] = value;
      return above !== below;
    }),
  );
}

describe('gradient by backpropagation equals central differences within 1e-6 relative', () => {
  it.each(KINDS)('%s, %s, %s', (...kind) => {
    let parameters = 0;
    let compared = 0;
    fc.assert(
      fc.property(randomCase(kind, 6, 5), ({ architecture, layers, data, x, targets }) => {
        const net = MultiLayerNet.from({ architecture, layers });
        const isClassifier = architecture.output === 'softmax';
        const t = isClassifier
          ? data.labels
          : new Matrix(x.rows, targets.length / x.rows, Float64Array.from(targets));
        const analytic = net.gradient(x, t);
        const numerical = net.numericalGradient(x, t);
        const hasKinks = architecture.activation === 'relu' || architecture.activation === 'step';
        net.layers.forEach((layer, index) => {
          const skip = hasKinks ? switchesUnits(net, layer, x) : [];
          const a = flatten(analytic[index]!).filter((_, i) => !skip[i]);
          const n = flatten(numerical[index]!).filter((_, i) => !skip[i]);
          parameters += layer.W.data.length + layer.b.length;
          compared += a.length;
          // A central difference leaves out H²/6 times the third derivative, however small the first one is. Rounding
          // leaves less: 1e-10 of a difference of losses divided by 2e-4.
          const difference = norm(a.map((value, i) => value - n[i]!));
          expect(difference).toBeLessThanOrEqual(1e-6 * Math.max(norm(a), norm(n)) + H * H);
        });
      }),
      { numRuns: 50 },
    );
    expect(compared / parameters).toBeGreaterThan(0.95);
  });
});

describe('regression: identity output and mean squared error', () => {
  it('learns sin πx on [-1, 1] end to end', () => {
    const points = Array.from({ length: 41 }, (_, i) => i / 20 - 1);
    const x = Matrix.of(points.map((value) => [value]));
    const t = Matrix.of(points.map((value) => [Math.sin(Math.PI * value)]));
    const net = MultiLayerNet.initial(regression([1, 12, 1]), { kind: 'normal', std: 3 }, 1);
    const before = net.loss(x, t);
    for (let step = 0; step < 4000; step++) net.update(net.gradient(x, t), 0.5);
    expect(before).toBeGreaterThan(1);
    expect(net.loss(x, t)).toBeLessThan(1e-3);
    // A point in between that it was not trained on.
    expect(net.predict(Matrix.of([[0.525]])).data[0]).toBeCloseTo(Math.sin(Math.PI * 0.525), 1);
  });

  it('of a linear function finds its coefficients', () => {
    const x = Matrix.of([
      [1, 0],
      [0, 1],
      [1, 1],
      [-1, 2],
    ]);
    const t = x.mapRows((row) => [2 * row[0]! - 3 * row[1]! + 0.5]);
    const net = MultiLayerNet.initial(regression([2, 1], 'identity'), { kind: 'xavier' }, 0);
    for (let step = 0; step < 2000; step++) net.update(net.gradient(x, t), 0.3);
    const [{ W, b }] = net.layers as [Affine];
    expect(W.data[0]).toBeCloseTo(2, 8);
    expect(W.data[1]).toBeCloseTo(-3, 8);
    expect(b[0]).toBeCloseTo(0.5, 8);
  });
});

describe('MultiLayerNet', () => {
  const architecture = classifier([2, 3]);

  it('refuses an output and a loss that are no pair', () => {
    const mixed = { ...architecture, loss: 'meanSquaredError' } as const;
    expect(() => MultiLayerNet.initial(mixed, { kind: 'he' }, 0)).toThrow(ConfigError);
    expect(() => MultiLayerNet.initial(mixed, { kind: 'he' }, 0)).toThrow(
      /loss: got meanSquaredError for output softmax/,
    );
  });

  it('refuses layers that are not of its architecture', () => {
    const layer = { W: new Matrix(3, 2), b: new Float64Array(3) };
    expect(() => new MultiLayerNet(architecture, [])).toThrow(/parameters of 0, expected 1/);
    expect(() => new MultiLayerNet(architecture, [layer])).toThrow(
      /layers\[0\]: got W \[3, 2\] and b \[3\], expected \[2, 3\] and \[3\]/,
    );
  });

  it('copies the weights it is made from', () => {
    const layers = [{ weights: Float32Array.of(1, 2, 3, 4, 5, 6), bias: new Float32Array(3) }];
    const net = MultiLayerNet.from({ architecture, layers });
    layers[0]!.weights[0] = 9;
    expect([...net.layers[0]!.W.row(0)]).toEqual([1, 2, 3]);
  });
});
