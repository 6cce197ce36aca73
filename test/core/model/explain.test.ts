/** Contributions are the input times the derivative of the class's logit, as central differences find it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numericalGradient } from '../../../core/math/numerical-gradient.ts';
import { explainClass, explainPixels } from '../../../core/model/explain.ts';
import type { LayerParameters } from '../../../core/network/architecture.ts';
import { outputsOf } from '../../../core/network/plan.ts';
import { Matrix } from '../../../core/textbook/matrix.ts';
import { MultiLayerNet } from '../../../core/textbook/multi-layer-net.ts';
import { classifier, regression } from '../architectures.ts';
import { OUTPUT_PAIRS, randomCase } from './random-network.ts';

describe.each(['sigmoid', 'relu', 'identity'] as const)('with %s, for both outputs', (activation) => {
  it('is the input times the numerical gradient, within 1e-4', () => {
    const cases = fc.oneof(
      ...OUTPUT_PAIRS.map(([output, loss]) => randomCase([activation, output, loss], 12, 3)),
    );
    fc.assert(
      fc.property(cases, fc.nat(), ({ architecture, layers, x }, draw) => {
        const k = draw % outputsOf(architecture.layers);
        const input = Float64Array.from(x.row(0));
        const found = explainClass(architecture, layers, Float32Array.from(input), k);
        // With identity as its output the float64 form gives the values before the output function.
        const net = MultiLayerNet.from({ architecture: regression(architecture.layers, activation), layers });
        const value = (at: Float64Array) => net.predict(new Matrix(1, at.length, at)).data[k]!;
        const gradient = numericalGradient(value, input, 1e-6);
        found.forEach((contribution, i) => {
          expect(Math.abs(contribution - gradient[i]! * input[i]!)).toBeLessThan(1e-4);
        });
      }),
      { numRuns: 60 },
    );
  });
});

const layer = (weights: number[], bias: number[]): LayerParameters => ({
  weights: Float32Array.from(weights),
  bias: Float32Array.from(bias),
});
const oneLayer = classifier([3, 2]);

describe('by hand', () => {
  it('of one layer they are the terms of the sum', () => {
    const layers = [layer([1, 2, 3, 4, 5, 6], [10, 20])];
    const x = Float32Array.of(0.5, 0, 1);
    expect([...explainClass(oneLayer, layers, x, 0)]).toEqual([0.5, 0, 5]);
    expect([...explainClass(oneLayer, layers, x, 1)]).toEqual([1, 0, 6]);
  });

  it('of a picture they are those of its pixels divided by 255', () => {
    const layers = [layer([1, 2, 3, 4, 5, 6], [10, 20])];
    expect([...explainPixels(oneLayer, layers, Uint8Array.of(51, 0, 255), 1)]).toEqual([
      Math.fround(0.4),
      0,
      6,
    ]);
  });

  it('of the step function they are 0, as its derivative is', () => {
    const architecture = classifier([3, 2, 2], 'step');
    const layers = [layer([1, 2, 3, 4, 5, 6], [0, 0]), layer([1, 2, 3, 4], [0, 0])];
    expect([...explainClass(architecture, layers, Float32Array.of(1, 1, 1), 1)]).toEqual([0, 0, 0]);
  });
});

const layers = [layer([1, 2, 3, 4, 5, 6], [10, 20])];
it.each<[number, number, string]>([
  [2, 0, 'x: got 2 values, expected 3'],
  [3, 2, 'k: got 2, expected a class below 2'],
  [3, -1, 'k: got -1, expected a class below 2'],
  [3, 0.5, 'k: got 0.5, expected a class below 2'],
])('refuses %i inputs, class %d', (inputs, k, message) => {
  expect(() => explainClass(oneLayer, layers, new Float32Array(inputs), k)).toThrow(new RangeError(message));
});
