/** Networks that learn real numbers, beside the float64 form and its central differences. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Network } from '../../../core/model/network.ts';
import { fillNormal } from '../../../core/random/streams.ts';
import type { TargetRows } from '../../../core/rows/training-rows.ts';
import { batchMeanSquaredError } from '../../../core/textbook/losses.ts';
import { Matrix } from '../../../core/textbook/matrix.ts';
import { MultiLayerNet } from '../../../core/textbook/multi-layer-net.ts';
import { type RandomCase, randomCase } from './random-network.ts';

const norm = (values: readonly number[]) => Math.hypot(...values);
const distance = (a: readonly number[], b: readonly number[]) => norm(a.map((value, i) => value - b[i]!));
/** A float32 has 6e-8, and errors add up over the layers. */
const float32Bound = (expected: readonly number[]) => 1e-5 * norm(expected) + 1e-6;

/** The case's samples with targets of standard deviation 2, also as a matrix. */
function withTargets({ architecture, data }: RandomCase, seed: number): { data: TargetRows; t: Matrix } {
  const outputs = architecture.layers.at(-1)!;
  const targets = new Float32Array(data.x.rows * outputs);
  fillNormal(targets, 2, seed, 205, 0);
  return { data: { x: data.x, targets }, t: new Matrix(data.x.rows, outputs, Float64Array.from(targets)) };
}

describe.each(['sigmoid', 'identity'] as const)('a regression with hidden units of %s', (activation) => {
  const samples = randomCase([activation, 'identity', 'meanSquaredError'], 8, 300);

  it('has the outputs, loss and gradients of the float64 form to float32 accuracy', () => {
    fc.assert(
      fc.property(samples, fc.nat(), (sample, seed) => {
        const { data, t } = withTargets(sample, seed);
        const network = new Network(sample.architecture, sample.layers);
        const reference = MultiLayerNet.from(network);
        const y = [...reference.predict(sample.x).data];
        expect(distance([...network.outputs(data.x)], y)).toBeLessThanOrEqual(float32Bound(y));
        const loss = batchMeanSquaredError(reference.predict(sample.x), t);
        const batch = Uint32Array.from({ length: data.x.rows }, (_, n) => n);
        const { loss: batchLoss, gradients } = network.gradient(data, batch);
        for (const actual of [batchLoss, network.loss(data)]) {
          expect(Math.abs(actual - loss)).toBeLessThanOrEqual(float32Bound([loss]));
        }
        reference.gradient(sample.x, t).forEach(({ W, b }, index) => {
          const expected = [...W.data, ...b];
          const actual = [...gradients[index]!.weights, ...gradients[index]!.bias];
          expect(distance(actual, expected)).toBeLessThanOrEqual(float32Bound(expected));
        });
      }),
      { numRuns: 40 },
    );
  });

  it('has the gradients that central differences of the loss in float64 give', () => {
    fc.assert(
      fc.property(
        randomCase([activation, 'identity', 'meanSquaredError'], 5, 6),
        fc.nat(),
        (sample, seed) => {
          const { data, t } = withTargets(sample, seed);
          const network = new Network(sample.architecture, sample.layers);
          const { gradients } = network.gradient(
            data,
            Uint32Array.from({ length: data.x.rows }, (_, n) => n),
          );
          MultiLayerNet.from(network)
            .numericalGradient(sample.x, t)
            .forEach(({ W, b }, index) => {
              const expected = [...W.data, ...b];
              const actual = [...gradients[index]!.weights, ...gradients[index]!.bias];
              expect(distance(actual, expected)).toBeLessThanOrEqual(1e-4 * norm(expected) + 1e-5);
            });
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('Network.loss', () => {
  it('refuses targets that do not fit', () => {
    const network = new Network(
      { layers: [2, 3], activation: 'sigmoid', output: 'identity', loss: 'meanSquaredError' },
      [{ weights: new Float32Array(6), bias: new Float32Array(3) }],
    );
    const x = { rows: 4, columns: 2, pixels: new Uint8Array(8) };
    expect(() => network.loss({ x, targets: new Float32Array(4) })).toThrow(
      "targets: got 4, expected 12, the network's 3 outputs per row of x",
    );
  });
});
