/** The float32 network beside the float64 reference form. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Network } from '../../../core/model/network.ts';
import type { TrainingRows } from '../../../core/rows/training-rows.ts';
import { batchCrossEntropy, batchMeanSquaredError, type Targets } from '../../../core/textbook/losses.ts';
import { Matrix } from '../../../core/textbook/matrix.ts';
import { MultiLayerNet } from '../../../core/textbook/multi-layer-net.ts';
import { regression } from '../architectures.ts';
import { KINDS, type RandomCase, randomCase } from './random-network.ts';

const norm = (values: readonly number[]) => Math.hypot(...values);

/** ‖a - e‖ ≤ 1e-5·‖e‖ + 1e-6: a float32 has 6e-8, and errors add up over the layers. */
function expectFloat32Close(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const difference = norm(actual.map((value, i) => value - expected[i]!));
  expect(difference).toBeLessThanOrEqual(1e-5 * norm(expected) + 1e-6);
}

/** Smallest |z| of the hidden layers: where it is 0 to float32 accuracy, ReLU and step may go either way. */
function distanceToKink({ architecture, layers, x }: RandomCase): number {
  const net = MultiLayerNet.from({ architecture, layers });
  const values = net.forward(x);
  const z = net.layers.slice(0, -1).flatMap(({ W, b }, index) => [...values[index]!.dot(W).addRow(b).data]);
  return z.reduce((least, value) => Math.min(least, Math.abs(value)), Number.POSITIVE_INFINITY);
}

it.each(KINDS)('outputs, loss and gradients of %s, %s, %s are float64 to float32 accuracy', (...kind) => {
  fc.assert(
    fc.property(randomCase(kind, 12, 8), (sample) => {
      const { architecture, layers, data, x, targets } = sample;
      if (architecture.activation === 'relu' || architecture.activation === 'step') {
        fc.pre(distanceToKink(sample) > 1e-5);
      }
      const network = new Network(architecture, layers);
      const reference = MultiLayerNet.from(network);
      const y = reference.predict(x);
      expectFloat32Close([...network.outputs(data.x)], [...y.data]);

      const lossOf = architecture.loss === 'crossEntropy' ? batchCrossEntropy : batchMeanSquaredError;
      const batch = Uint32Array.from({ length: x.rows }, (_, n) => n);
      const kinds: [TrainingRows, Targets][] = [[data, data.labels]];
      if (architecture.output === 'identity') {
        kinds.push([{ x: data.x, targets }, new Matrix(y.rows, y.columns, Float64Array.from(targets))]);
      }
      for (const [rows, t] of kinds) {
        const { gradients, loss } = network.gradient(rows, batch);
        for (const actual of [loss, network.loss(rows)]) expectFloat32Close([actual], [lossOf(y, t)]);
        reference.gradient(x, t).forEach(({ W, b }, index) => {
          expectFloat32Close([...gradients[index]!.weights], [...W.data]);
          expectFloat32Close([...gradients[index]!.bias], [...b]);
        });
      }
    }),
    { numRuns: 100 },
  );
});

it('accuracy counts what the float64 form counts, over more rows than one block of evaluation', () => {
  fc.assert(
    fc.property(
      randomCase(['sigmoid', 'softmax', 'crossEntropy'], 6, 600),
      ({ architecture, layers, data, x }) => {
        const network = new Network(architecture, layers);
        const wrong = Math.abs(network.accuracy(data) - MultiLayerNet.from(network).accuracy(x, data.labels));
        // Two outputs that are equal to float32 accuracy may change places.
        expect(wrong * x.rows).toBeLessThan(1.5);
      },
    ),
    { numRuns: 20 },
  );
});

it('refuses targets that do not fit', () => {
  const layers = [{ weights: new Float32Array(6), bias: new Float32Array(3) }];
  const x = { rows: 4, columns: 2, pixels: new Uint8Array(8) };
  const loss = () => new Network(regression([2, 3]), layers).loss({ x, targets: new Float32Array(4) });
  expect(loss).toThrow("targets: got 4, expected 12, the network's 3 outputs per row of x");
});
