/** Layers of pictures: the kernels against the reference, bit for bit, on random networks and rows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Backend, OPTIMIZERS, type UpdateRule } from '../../../core/kernels/engine.ts';
import { referenceBackend } from '../../../core/kernels/reference-engine.ts';
import { WasmBackend } from '../../../core/kernels/wasm-backend.ts';
import type { LayerSpecs } from '../../../core/network/layers.ts';
import { sparseFromDense } from '../../../core/rows/sparse-rows.ts';
import { howMany } from '../../support/needs.ts';
import { startedThreads } from '../../support/threads.ts';
import { classifier, regression } from '../architectures.ts';
import { batchesOf, HUGE, layersOf, type PicturesCase, pictureCases, picturesOf } from './random-pictures.ts';
import { firstDifference, trace } from './trace.ts';

/** Of the random ones, on one thread, and on each number of threads above. */
const NETWORKS = howMany(200, 2000);
const ON_THREADS = howMany(20, 1000);

function traceOf(backend: Backend, sample: PicturesCase): ArrayLike<number>[] {
  const { architecture, numbers, scale, seed, optimizer: kind, weightDecay } = sample;
  const noise = { seed, step: 7 };
  const rule: UpdateRule = { kind, rate: 0.05, weightDecay, factor1: 0.1, factor2: 0.001, noise };
  const layers = layersOf(architecture, scale, seed, numbers);
  return trace(backend, architecture, layers, picturesOf(sample), batchesOf(sample), rule);
}

function expectSameBits(kernels: Backend, sample: PicturesCase): void {
  const [actual, expected] = [traceOf(kernels, sample), traceOf(referenceBackend, sample)];
  if (sample.scale < HUGE || expected.every(areFinite)) {
    expect(firstDifference(actual, expected)).toBe('none');
    return;
  }
  // What leaves the range of float32 does on both, and the first outputs are as finite on one as on the other.
  expect(actual.every(areFinite)).toBe(false);
  const outputs = [actual, expected].map(([first]) => Array.from(first!, orNaN));
  expect(firstDifference([outputs[0]!], [outputs[1]!])).toBe('none');
}

const areFinite = (values: ArrayLike<number>) => Array.from(values).every(Number.isFinite);
const orNaN = (value: number) => (Number.isFinite(value) ? value : Number.NaN);

it.each([
  ['reference', referenceBackend],
  ['wasm', new WasmBackend()],
] as const)('of equal values a pool takes the first (%s)', (_, backend) => {
  // Both places give 3, of pixels that differ: 1 + 2 and 2 + 1.
  const architecture = regression(
    [[1, 3, 1], { conv: 1, kernel: [1, 2] }, { maxPool: [1, 2] }, 1],
    'identity',
  );
  const ones = (length: number) => new Float32Array(length).fill(1);
  const layers = [
    { weights: ones(2), bias: new Float32Array(1) },
    { weights: ones(1), bias: new Float32Array(1) },
  ];
  const data = { x: sparseFromDense([Float32Array.of(1, 2, 1)], 3), targets: Float32Array.of(1) };
  const { gradients } = backend.createEngine(architecture, layers).gradients(data, Uint32Array.of(0));
  // The output is 3, so its delta 2.
  expect([...gradients[0]!.weights]).toEqual([2, 4]);
});

describe('the kernels equal the reference bit for bit', () => {
  it(`on one thread, ${NETWORKS} random networks of pictures`, () => {
    const kernels = new WasmBackend();
    fc.assert(
      fc.property(pictureCases, (sample) => {
        expectSameBits(kernels, sample);
      }),
      { numRuns: NETWORKS },
    );
  });

  it('where pictures go into dense layers alone, which leave out zeros', () => {
    // After ReLU a zero, whose term would make a zero of a bias of -0.
    const architecture = regression([[1, 2, 1], 3, 2], 'relu');
    const layers = [
      { weights: new Float32Array(6).fill(-1), bias: new Float32Array(3) },
      { weights: new Float32Array(6).fill(1), bias: new Float32Array(2).fill(-0) },
    ];
    const data = { x: sparseFromDense([Float32Array.of(1, 2)], 2), targets: new Float32Array(2) };
    for (const backend of [referenceBackend, new WasmBackend()]) {
      const outputs = backend.createEngine(architecture, layers).forward(data.x, Uint32Array.of(0));
      expect([...outputs]).toEqual([-0, -0]);
    }
  });

  it.each<[string, LayerSpecs]>([
    // More than 63 outputs have rows that are wider than they need.
    ['many filters', [[5, 4, 3], { conv: 66, kernel: 2 }, { conv: 70, kernel: [3, 2], padding: 'same' }, 3]],
    [
      'filters in whole vectors',
      [[6, 7, 1], { conv: 16, kernel: 3 }, { conv: 32, kernel: 3, padding: 'same' }, 2],
    ],
    [
      'wide layers after them',
      [[7, 5, 2], { conv: 9, kernel: 3 }, { maxPool: 2 }, 131, { dropout: 0.5 }, 68, 3],
    ],
    [
      'pools of two by two',
      [[9, 7, 5], { maxPool: 2 }, { conv: 6, kernel: 2 }, { maxPool: 2, stride: 1 }, 4],
    ],
    [
      'strides',
      [
        [11, 9, 2],
        { conv: 5, kernel: [3, 4], stride: [2, 3] },
        { conv: 7, kernel: 3, stride: 2, padding: 'same' },
        3,
      ],
    ],
  ])('with %s', (_, layers) => {
    for (const [seed, optimizer] of OPTIMIZERS.entries()) {
      const architecture = classifier(layers, 'relu');
      const sample = {
        architecture,
        seed,
        rows: 5,
        batchSize: 9,
        scale: 0.2,
        optimizer,
        weightDecay: 1e-3,
        lastBatch: 4,
        numbers: 'normal' as const,
      };
      expectSameBits(new WasmBackend(), { ...sample, isBytes: seed % 2 === 0 });
    }
  });

  it('on batches of several blocks, whose dropout goes on from block to block', () => {
    const architecture = classifier(
      [[2, 3, 3], { dropout: 0.4 }, { conv: 3, kernel: 2 }, { dropout: 0.5 }, 2],
      'sigmoid',
    );
    const sample: PicturesCase = {
      architecture,
      seed: 5,
      rows: 7,
      batchSize: 600,
      lastBatch: 300,
      numbers: 'normal',
      scale: 1,
      optimizer: 'sgd',
      weightDecay: 0,
      isBytes: true,
    };
    expectSameBits(new WasmBackend(), sample);
  });

  it(`on two and three threads, ${ON_THREADS} of them each`, async () => {
    for (const threads of [2, 3]) {
      const kernels = await startedThreads(threads);
      fc.assert(
        fc.property(pictureCases, (sample) => {
          expectSameBits(kernels, sample);
        }),
        { numRuns: ON_THREADS },
      );
    }
  });
});
