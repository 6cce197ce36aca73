/** ONNX export of dense networks: the bytes of the reference library, and the answers of ONNX Runtime. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Model } from '../../../core/estimator/model.ts';
import { encodeOnnx } from '../../../core/exchange/onnx.ts';
import { decodeWeights } from '../../../core/exchange/weights.ts';
import { Network } from '../../../core/model/network.ts';
import type { ActivationName, Architecture, LayerParameters } from '../../../core/network/architecture.ts';
import { inputsOf } from '../../../core/network/plan.ts';
import { sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { classifier, regression } from '../architectures.ts';
import { fruit, houses } from '../estimator/rows.ts';
import { fixture, LAYERS, SIZES } from './fixtures.ts';
import { largestDifference, needsRuntime, noise, runOnnx } from './onnx-runtime.ts';

const ACTIVATIONS = ['sigmoid', 'relu', 'step', 'identity'] as const;
const OUTPUTS = ['softmax', 'identity'] as const;
const COMBINATIONS = ACTIVATIONS.flatMap((activation) =>
  OUTPUTS.map((output) => [activation, output] as const),
);

const architecture = (
  layers: readonly number[],
  activation: ActivationName,
  output: 'softmax' | 'identity',
) => (output === 'softmax' ? classifier : regression)(layers, activation);

it.each(COMBINATIONS)('writes %s and %s byte for byte as the onnx library does', (activation, output) => {
  const bytes = encodeOnnx(architecture(SIZES, activation, output), LAYERS, 'three layers');
  expect(Buffer.from(bytes).toString('latin1')).toBe(
    Buffer.from(fixture(`${activation}-${output}.onnx`)).toString('latin1'),
  );
});

describe('ONNX Runtime', needsRuntime, () => {
  /** What the network itself answers to the same samples, given as pixels. */
  function ours(of: Architecture, layers: LayerParameters[], pixels: ArrayLike<number>): Float32Array {
    return new Network(of, layers).outputs(sparseFromPixels([pixels], inputsOf(of.layers)));
  }
  // Sixteenths from -1 to 1: their sums are exact, so that no step depends on rounding.
  const sixteenths = (count: number, seed: number): Float32Array =>
    Float32Array.from(noise(count, 33, seed), (value) => value / 16 - 1);
  const layers = SIZES.slice(1).map((outputs, index) => ({
    weights: sixteenths(SIZES[index]! * outputs, index),
    bias: sixteenths(outputs, index + 5),
  }));

  it.each(COMBINATIONS)('answers as the network does with %s and %s', async (activation, output) => {
    const of = architecture(SIZES, activation, output);
    const pixels = noise(20 * SIZES[0]!, 2, 1).map((bit) => 255 * bit);
    const x = Float32Array.from(pixels, (pixel) => pixel / 255);
    const y = await runOnnx(encodeOnnx(of, layers, 'test'), x, 20);
    const expected = ours(of, layers, pixels);
    expect(new Set(expected).size).toBeGreaterThan(SIZES.at(-1)!);
    for (const [index, value] of expected.entries()) {
      expect(Math.abs(y[index]! - value)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(value)));
    }
  });

  it('gives the probabilities of a trained network within 1e-6 on 1,000 test images', async () => {
    const { specs, layers } = await decodeWeights(fixture('three-layer.pkl'));
    const of = classifier(specs);
    const pixels = readFileSync(join(mnistFolder(), 't10k-images-idx3-ubyte')).subarray(16, 16 + 1000 * 784);
    const x = Float32Array.from(pixels, (pixel) => pixel / 255);
    const y = await runOnnx(encodeOnnx(of, layers, 'mnist'), x, 1000);
    expect(largestDifference(y, ours(of, layers, pixels))).toBeLessThan(1e-6);
  });

  it('of a Model takes rows as people have them, and gives what it predicts', async () => {
    const { x, y } = fruit(60);
    // A column that never changes, whatever it is later.
    const rows = x.map((row) => [...row, 2026]);
    const model = new Model<string>({ hidden: [6], learningRate: 0.02 });
    await model.fit(rows, y, { epochs: 10 });
    const later = rows.map(([a, b]) => [a!, b!, 1999]);
    const answers = await runOnnx(model.toOnnx('fruit'), Float32Array.from(later.flat()), 60);
    const expected = Float32Array.from(model.predictProbabilities(later).flat());
    expect(largestDifference(answers, expected)).toBeLessThan(1e-4);
    expect(new Set(answers.map((p) => Math.round(p * 10))).size).toBeGreaterThan(4);
  });

  it('of a Model of a regression gives numbers in the units of its targets', async () => {
    const { x, y } = houses(60);
    const targets = y.map((price, row) => [price, x[row]![1]! ** 2]);
    const model = new Model<number[]>({ task: 'regression', hidden: [6], scaling: 'minmax' });
    await model.fit(x, targets, { epochs: 30 });
    const answers = await runOnnx(model.toOnnx(), Float32Array.from(x.flat()), 60);
    model.predict(x).forEach(([price, square], row) => {
      expect(answers[2 * row]! / price!).toBeCloseTo(1, 4);
      expect(answers[2 * row + 1]! - square!).toBeCloseTo(0, 3);
    });
  });

  it('of a Model of pictures takes their bytes', async () => {
    const bytes = Uint8Array.from(noise(30 * 12, 256, 8));
    const model = new Model({ hidden: [5] });
    await model.fit({ data: bytes, columns: 12 }, noise(30, 3, 4), { epochs: 3 });
    const answers = await runOnnx(model.toOnnx(), Float32Array.from(bytes), 30);
    const expected = Float32Array.from(model.predictProbabilities({ data: bytes, columns: 12 }).flat());
    expect(largestDifference(answers, expected)).toBeLessThan(1e-6);
  });
});
