/** ONNX export of networks of pictures: the bytes of the reference library, and the answers of ONNX Runtime. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Model } from '../../../core/estimator/model.ts';
import { encodeOnnx } from '../../../core/exchange/onnx.ts';
import { parseIdx } from '../../../core/ingest/idx.ts';
import { Network } from '../../../core/model/network.ts';
import type { ActivationName } from '../../../core/network/architecture.ts';
import type { LayerSpec, LayerSpecs } from '../../../core/network/layers.ts';
import { fanIn, fanOut, inputsOf, parametric, planLayers } from '../../../core/network/plan.ts';
import { initialLayers } from '../../../core/network/weights.ts';
import { sparseFromDense, sparseFromPixels } from '../../../core/rows/sparse-rows.ts';
import { mnistFolder } from '../../../scripts/cloud/mnist-mirror.ts';
import { howMany } from '../../support/needs.ts';
import { classifier, regression } from '../architectures.ts';
import { layersOf, pictureCases } from '../kernels/random-pictures.ts';
import { normal } from '../kernels/trace.ts';
import { fixture } from './fixtures.ts';
import { largestDifference, needsRuntime, noise, runOnnx } from './onnx-runtime.ts';

it('writes convolutions, pools and what reads them byte for byte as the onnx library does', () => {
  const architecture = classifier([
    [5, 4, 2],
    { conv: 3, kernel: [2, 3], stride: [2, 1], padding: 'same', activation: 'relu' },
    { maxPool: [1, 2] },
    { dropout: 0.5 },
    { conv: 2, kernel: 1, activation: 'step' },
    { averagePool: [2, 1], stride: 1 },
    4,
    { dropout: 0.25 },
    3,
  ]);
  // Element k of layer n is (k + 1) / 8 - n.
  const layers = parametric(planLayers(architecture.layers, 'sigmoid')).map((layer, index) => {
    const values = (count: number) => Float32Array.from({ length: count }, (_, k) => (k + 1) / 8 - index - 1);
    return { weights: values(fanIn(layer) * fanOut(layer)), bias: values(fanOut(layer)) };
  });
  const bytes = encodeOnnx(architecture, layers, 'pictures');
  expect(Buffer.from(bytes).toString('latin1')).toBe(
    Buffer.from(fixture('pictures.onnx')).toString('latin1'),
  );
});

/** Sums of steps jump where the last bit of a sum differs, so they are compared where sums are exact. */
const withoutSteps = (layers: LayerSpecs): LayerSpecs =>
  layers.map((spec) =>
    typeof spec === 'object' && 'conv' in spec && spec.activation === 'step'
      ? { ...spec, activation: 'relu' as const }
      : spec,
  );
const isOfPictures = (layers: LayerSpecs): boolean =>
  layers.some((spec) => typeof spec === 'object' && 'length' in spec);

describe('ONNX Runtime', needsRuntime, () => {
  const NETWORKS = howMany(60, 600);

  it(`answers as ${NETWORKS} random networks of pictures do, within 2e-6 of their values`, async () => {
    const cases = pictureCases.filter(({ architecture: { layers } }) => isOfPictures(layers));
    await fc.assert(
      fc.asyncProperty(cases, async ({ architecture, seed, rows }) => {
        const of = {
          ...architecture,
          activation: architecture.activation === 'step' ? ('sigmoid' as const) : architecture.activation,
          layers: withoutSteps(architecture.layers),
        };
        const layers = layersOf(of, 0.3, seed);
        const x = normal(rows * inputsOf(of.layers), 1, seed, 5);
        const y = await runOnnx(encodeOnnx(of, layers, 'random'), x, rows);
        const expected = new Network(of, layers).outputs(sparseFromDense([x], inputsOf(of.layers)));
        const size = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
        expect(largestDifference(y, expected) / size).toBeLessThan(2e-6);
      }),
      { numRuns: NETWORKS },
    );
  });

  it('answers as a network of steps does', async () => {
    const layers: LayerSpecs = [
      [6, 5, 3],
      { conv: 4, kernel: [3, 2], stride: [2, 1], padding: 'same' },
      { maxPool: [2, 1], stride: 1 },
      { conv: 7, kernel: [1, 3] },
      6,
      5,
    ];
    const of = regression(layers, 'step');
    // Sixteenths from -1 to 1: their sums are exact, so that no step depends on rounding.
    const sixteenths = (count: number, seed: number) =>
      Float32Array.from(noise(count, 33, seed), (value) => value / 16 - 1);
    const weights = parametric(planLayers(layers, 'step')).map((layer, index) => ({
      weights: sixteenths(fanIn(layer) * fanOut(layer), index),
      bias: sixteenths(fanOut(layer), index + 9),
    }));
    const x = sixteenths(40 * 90, 20);
    const y = await runOnnx(encodeOnnx(of, weights, 'steps'), x, 40);
    const expected = new Network(of, weights).outputs(sparseFromDense([x], 90));
    expect(new Set(expected).size).toBeGreaterThan(20);
    expect(y).toEqual(expected);
  });

  it('of a Model takes the pictures as people have them', async () => {
    const x = { data: Uint8Array.from(noise(40 * 90, 256, 6)), shape: [40, 6, 5, 3] };
    const model = new Model({ hidden: [{ conv: 4, kernel: [3, 2], padding: 'same' }, { averagePool: 2 }] });
    await model.fit(x, noise(40, 3, 4), { epochs: 3 });
    const answers = await runOnnx(model.toOnnx(), Float32Array.from(x.data), 40);
    const expected = Float32Array.from(model.predictProbabilities(x).flat());
    expect(largestDifference(answers, expected)).toBeLessThan(1e-6);
    expect(new Set(answers.map((p) => Math.round(p * 20))).size).toBeGreaterThan(4);
  });

  const OF_DIGITS: readonly [string, ActivationName, readonly LayerSpec[]][] = [
    [
      'convolutions, both pools and dropout',
      'relu',
      [
        { conv: 8, kernel: 3, padding: 'same' },
        { maxPool: 2 },
        { conv: 12, kernel: [3, 2], stride: [2, 1], activation: 'identity' },
        { averagePool: 2 },
        { dropout: 0.25 },
        32,
        10,
      ],
    ],
    ["the book's SimpleConvNet", 'relu', [{ conv: 30, kernel: 5 }, { maxPool: 2 }, 100, 10]],
  ];

  it.each(OF_DIGITS)(
    'gives the probabilities of a trained network of %s within 5e-6 on 1,000 test images',
    async (_, activation, rest) => {
      const of = classifier([[28, 28, 1] as const, ...rest], activation);
      const read = (name: string) => parseIdx(readFileSync(join(mnistFolder(), name))).data;
      const training = read('train-images-idx3-ubyte').subarray(0, 2000 * 784);
      const labels = Uint8Array.from(read('train-labels-idx1-ubyte').subarray(0, 2000));
      const network = new Network(of, initialLayers(of.layers, { kind: 'he' }, 3));
      const data = { x: sparseFromPixels([training], 784), labels };
      for (let step = 0; step < 60; step++) {
        const batch = Uint32Array.from({ length: 32 }, (_, n) => (32 * step + n) % 2000);
        const rule = { kind: 'sgd', rate: 0.1, weightDecay: 0, factor1: 0, factor2: 0 } as const;
        network.engine.step(data, batch, { ...rule, noise: { seed: 0, step } }, false);
      }
      const pixels = read('t10k-images-idx3-ubyte').subarray(0, 1000 * 784);
      const expected = network.outputs(sparseFromPixels([pixels], 784));
      expect(Math.max(...expected)).toBeGreaterThan(0.9);
      const x = Float32Array.from(pixels, (pixel) => pixel / 255);
      const y = await runOnnx(encodeOnnx(of, network.layers, 'digits'), x, 1000);
      expect(largestDifference(y, expected)).toBeLessThan(5e-6);
    },
  );
});
