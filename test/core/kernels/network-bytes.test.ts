/** What a network is said to take is what the engine allocates for it, to the byte. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { BLOCK_ROWS, type OptimizerName } from '../../../core/kernels/engine.ts';
import { alignedBytes, KernelMemory } from '../../../core/kernels/memory.ts';
import { networkBytes } from '../../../core/kernels/network-bytes.ts';
import { NetworkLayout } from '../../../core/kernels/network-layout.ts';
import type { Architecture } from '../../../core/network/architecture.ts';
import { inputsOf, outputsOf } from '../../../core/network/plan.ts';
import { initialLayers } from '../../../core/network/weights.ts';
import { toSparse } from '../../../core/rows/input-rows.ts';
import type { TrainingRows } from '../../../core/rows/training-rows.ts';
import { classifier, regression } from '../architectures.ts';
import { kernelsIn } from './kernel-engine.ts';
import { pictureCases } from './random-pictures.ts';

interface Use {
  architecture: Architecture;
  optimizer: OptimizerName;
  batchSize: number;
  threads: number;
  isBytes: boolean;
}

const ROWS = 300;
const rule = (kind: OptimizerName) => ({ kind, rate: 0, weightDecay: 0, factor1: 0.1, factor2: 0.1 });

function rowsFor({
  architecture: { layers, loss },
  isBytes,
}: Pick<Use, 'architecture' | 'isBytes'>): TrainingRows {
  const columns = inputsOf(layers);
  const pixels = { rows: ROWS, columns, pixels: new Uint8Array(ROWS * columns).fill(9) };
  const x = isBytes ? pixels : toSparse(pixels);
  if (loss === 'crossEntropy') return { x, labels: new Uint8Array(ROWS) };
  return { x, targets: new Float32Array(ROWS * outputsOf(layers)) };
}

/** Bytes that a network of its own takes which is trained on some batches and evaluated after each. */
function allocated(use: Use): number {
  const memory = new KernelMemory(false);
  const allocate = vi.spyOn(memory, 'allocate');
  const { rows, createEngine } = kernelsIn(memory, use.threads);
  const { architecture, optimizer, batchSize } = use;
  const engine = createEngine(architecture, initialLayers(architecture.layers, { kind: 'he' }, 1));
  const data = rowsFor(use);
  rows.place(data.x);
  const batch = (size: number) => Uint32Array.from({ length: size }, (_, n) => n % ROWS);
  for (const step of [0, 1]) {
    engine.step(data, batch(batchSize), { ...rule(optimizer), noise: { seed: 1, step } }, true);
    engine.forward(data.x, batch(ROWS));
  }
  engine.state(optimizer);
  return allocate.mock.calls
    .filter(([, owner]) => owner instanceof NetworkLayout)
    .reduce((sum, [bytes]) => sum + alignedBytes(bytes), 0);
}

const uses: fc.Arbitrary<Use> = fc.record({
  architecture: fc.oneof(
    { weight: 3, arbitrary: pictureCases.map(({ architecture }) => architecture) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 2, maxLength: 5 }),
          fc.constantFrom('relu', 'sigmoid'),
          fc.boolean(),
        )
        .map(([sizes, activation, isClassifier]) =>
          (isClassifier ? classifier : regression)(sizes, activation as 'relu'),
        ),
    },
  ),
  optimizer: fc.constantFrom('sgd', 'momentum', 'adagrad', 'adam'),
  batchSize: fc.constantFrom(1, 7, 100, 129, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, 600),
  threads: fc.integer({ min: 1, max: 8 }),
  isBytes: fc.boolean(),
});

it('an engine that is released leaves its room to the next, and takes no call any more', () => {
  const memory = new KernelMemory(false);
  const { rows, createEngine } = kernelsIn(memory);
  const architecture = classifier([[9, 7, 2], { conv: 30, kernel: 3 }, 20, 3]);
  const layers = initialLayers(architecture.layers, { kind: 'he' }, 1);
  const data = rowsFor({ architecture, isBytes: true });
  rows.place(data.x);
  const all = Uint32Array.from({ length: ROWS }, (_, n) => n);
  const train = () => {
    const engine = createEngine(architecture, layers);
    engine.step(data, all, rule('adam'), false);
    return engine;
  };
  const engine = train();
  engine.release();
  engine.release();
  expect(() => engine.layers()).toThrow(new TypeError('engine: got a call after it was released'));
  const before = memory.memory.buffer.byteLength;
  for (let n = 0; n < 3; n++) train().release();
  expect(memory.memory.buffer.byteLength).toBe(before);
});

describe('networkBytes', () => {
  it('is what the engine allocates', () => {
    fc.assert(
      fc.property(uses, (use) => {
        expect(networkBytes(use.architecture, use)).toBe(allocated(use));
      }),
      { numRuns: 150, seed: 15 },
    );
  });

  it.each<[string, Partial<Use>]>([
    ['the textbook job', {}],
    ['a wide first layer over bytes, which lists them', { architecture: classifier([784, 500, 10], 'relu') }],
    ['entries, which go into buckets', { isBytes: false, threads: 2 }],
    [
      'a network of pictures',
      {
        architecture: classifier([
          [28, 28, 1],
          { conv: 16, kernel: 3 },
          { maxPool: 2 },
          { dropout: 0.5 },
          30,
          10,
        ]),
        optimizer: 'adam',
        threads: 2,
      },
    ],
  ])('is so of %s', (_, own) => {
    const architecture = classifier([784, 50, 10]);
    const use: Use = { architecture, optimizer: 'sgd', batchSize: 100, threads: 1, isBytes: true, ...own };
    expect(networkBytes(use.architecture, use)).toBe(allocated(use));
  });
});
