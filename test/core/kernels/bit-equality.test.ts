/** The WebAssembly kernels against the plain-TypeScript reference, bit for bit, on random networks and data. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Backend, OptimizerName, UpdateRule } from '../../../core/kernels/engine.ts';
import { referenceBackend } from '../../../core/kernels/reference-engine.ts';
import { WasmBackend } from '../../../core/kernels/wasm-backend.ts';
import type { ActivationName } from '../../../core/network/architecture.ts';
import { outputsOf } from '../../../core/network/plan.ts';
import { fillIntegers } from '../../../core/random/streams.ts';
import type { SparseRows } from '../../../core/rows/sparse-rows.ts';
import type { TrainingRows } from '../../../core/rows/training-rows.ts';
import { howMany } from '../../support/needs.ts';
import { startedThreads } from '../../support/threads.ts';
import { classifier, type DenseArchitecture, regression } from '../architectures.ts';
import { firstDifference, normal, normalLayers, trace } from './trace.ts';

/** Sizes at which vectors, tiles and groups are empty, exact, or ragged by one. */
const SIZES = [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 17, 31, 48, 50, 52, 53, 56, 65, 100];

/** Of the random ones. */
const NETWORKS = howMany(200, 1000);

interface Case {
  architecture: DenseArchitecture;
  seed: number;
  rows: number;
  batchSize: number;
  /** Share of inputs that are zero, in tenths. */
  zeros: number;
  scale: number;
  optimizer: OptimizerName;
  weightDecay: number;
  /** Whether inputs are bytes, and so `scale` is for the weights alone. */
  isBytes: boolean;
  /** Whether a network without softmax learns real numbers instead of classes. */
  isRegression: boolean;
}

const cases: fc.Arbitrary<Case> = fc.record({
  architecture: fc
    .record({
      layers: fc.array(fc.constantFrom(...SIZES), { minLength: 2, maxLength: 4 }),
      activation: fc.constantFrom<ActivationName>('sigmoid', 'relu', 'step', 'identity'),
      isClassifier: fc.boolean(),
    })
    .map(({ layers, activation, isClassifier }) =>
      (isClassifier ? classifier : regression)<readonly number[]>(layers, activation),
    ),
  seed: fc.nat({ max: 0xffff_ffff }),
  rows: fc.integer({ min: 1, max: 12 }),
  batchSize: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 20 }) },
    { weight: 1, arbitrary: fc.constantFrom(255, 256, 257, 300) },
  ),
  zeros: fc.integer({ min: 0, max: 10 }),
  scale: fc.constantFrom(1e-42, 1e-20, 1e-3, 1, 1, 1, 30),
  optimizer: fc.constantFrom('sgd', 'momentum', 'adagrad', 'adam'),
  weightDecay: fc.constantFrom(0, 0, 1e-4, 0.5),
  isBytes: fc.boolean(),
  isRegression: fc.boolean(),
});

/** Rows of every density, an empty and a full one among them where there are enough. */
function dataOf(sample: Case): TrainingRows {
  const { architecture, seed, rows, zeros, scale, isBytes, isRegression } = sample;
  const columns = architecture.layers[0]!;
  const values = normal(rows * columns, scale, seed, 100);
  const dice = new Uint32Array(rows * columns);
  fillIntegers(dice, 10, seed, 78, 0);
  const outputs = outputsOf(architecture.layers);
  const labels = new Uint32Array(rows);
  fillIntegers(labels, outputs, seed, 79, 0);
  const expected =
    isRegression && architecture.output === 'identity'
      ? { targets: normal(rows * outputs, scale, seed, 101) }
      : { labels };
  const isKept = (row: number, at: number) =>
    row % 6 === 4 ? false : row % 6 === 5 ? true : dice[at]! >= zeros;
  if (isBytes) {
    const pixels = Uint8Array.from(values, (value, at) =>
      isKept(Math.floor(at / columns), at) ? 1 + (Math.abs(Math.trunc((value / scale) * 100)) % 255) : 0,
    );
    return { x: { rows, columns, pixels }, ...expected };
  }
  const pointers = new Uint32Array(rows + 1);
  const kept: [column: number, value: number][] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column;
      if (isKept(row, at) && values[at] !== 0) kept.push([column, values[at]!]);
    }
    pointers[row + 1] = kept.length;
  }
  const x: SparseRows = {
    rows,
    columns,
    pointers,
    indices: Uint32Array.from(kept, ([column]) => column),
    values: Float32Array.from(kept, ([, value]) => value),
  };
  return { x, ...expected };
}

function batchOf({ seed, rows, batchSize }: Case): Uint32Array {
  const batch = new Uint32Array(batchSize);
  fillIntegers(batch, rows, seed, 80, 0);
  return batch;
}

/** Three steps on the case's batch. */
function traceOf(backend: Backend, sample: Case, data = dataOf(sample)): ArrayLike<number>[] {
  const { architecture, scale, seed, optimizer: kind, weightDecay } = sample;
  const layers = normalLayers(architecture.layers, scale, seed);
  const rule: UpdateRule = { kind, rate: 0.05, weightDecay, factor1: 0.1, factor2: 0.001 };
  return trace(backend, architecture, layers, data, Array(3).fill(batchOf(sample)), rule);
}

function expectSameBits(kernels: Backend, sample: Case, place: boolean): void {
  const data = dataOf(sample);
  if (place) kernels.place(data.x);
  expect(firstDifference(traceOf(kernels, sample, data), traceOf(referenceBackend, sample))).toBe('none');
}

describe('the kernels equal the reference bit for bit', () => {
  it(`on one thread, ${NETWORKS} random networks, rows placed or brought`, () => {
    const kernels = new WasmBackend();
    fc.assert(
      fc.property(cases, fc.boolean(), (sample, place) => {
        expectSameBits(kernels, sample, place);
      }),
      { numRuns: NETWORKS },
    );
  });

  it(`on two and three threads, ${NETWORKS / 10} random networks each`, async () => {
    for (const threads of [2, 3]) {
      const kernels = await startedThreads(threads);
      fc.assert(
        fc.property(cases, fc.boolean(), (sample, place) => {
          expectSameBits(kernels, sample, place);
        }),
        { numRuns: NETWORKS / 10 },
      );
    }
  });

  it('at 784 inputs and at widths beyond a register tile', () => {
    const kernels = new WasmBackend();
    for (const layers of [
      [784, 50, 10],
      [784, 128, 61, 10],
      [31, 784, 3],
    ]) {
      for (const activation of ['sigmoid', 'relu'] as const) {
        const sample: Case = {
          architecture: classifier(layers, activation),
          seed: 5,
          rows: 9,
          batchSize: 33,
          zeros: 8,
          scale: 0.1,
          optimizer: 'adam',
          weightDecay: 1e-3,
          isBytes: activation === 'relu',
          isRegression: false,
        };
        expectSameBits(kernels, sample, true);
      }
    }
  });

  it('at 300 classes, whose labels take more than a byte, and 300 targets', () => {
    const kernels = new WasmBackend();
    for (const isRegression of [false, true]) {
      const sample: Case = {
        architecture: regression([7, 9, 300]),
        seed: 8,
        rows: 60,
        batchSize: 300,
        zeros: 5,
        scale: 0.5,
        optimizer: 'momentum',
        weightDecay: 0,
        isBytes: false,
        isRegression,
      };
      const data = dataOf(sample);
      if ('labels' in data) expect(Math.max(...data.labels)).toBeGreaterThan(255);
      expectSameBits(kernels, sample, true);
    }
  });
});

describe.each([
  ['reference', referenceBackend],
  ['wasm', new WasmBackend()],
] as const)('targets on %s', (_name, backend) => {
  it('that are 1 at the label and else 0 give the bits that labels give', () => {
    fc.assert(
      fc.property(
        cases.filter(({ architecture }) => architecture.output === 'identity'),
        (sample) => {
          const { x, ...expected } = dataOf({ ...sample, isRegression: false });
          const outputs = outputsOf(sample.architecture.layers);
          const labels = 'labels' in expected ? expected.labels : [];
          const targets = new Float32Array(x.rows * outputs);
          labels.forEach((label, row) => {
            targets[row * outputs + label] = 1;
          });
          const run = (data: TrainingRows) => traceOf(backend, sample, data);
          expect(firstDifference(run({ x, targets }), run({ x, ...expected } as TrainingRows))).toBe('none');
        },
      ),
      { numRuns: 60 },
    );
  });
});
